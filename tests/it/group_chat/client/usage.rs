//! The command line.

use harness::client;

use super::PROGRAM;
use crate::told::error_of;

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    for (args, part) in [
        (&[][..], "--nick"),
        (&["--nick"], "--nick"),
        (&["localhost", "--nick", "Ann"], "a port is missing"),
        (&["a:1", "b:2", "--nick", "Ann"], "b:2"),
        (&["--nick", "Ann", "--timeout", "0"], "--timeout"),
        (&["--nick", "Ann", "--ping-after", "-1"], "--ping-after"),
        (&["--nick", "Ann", "--ping-after", "NaN"], "--ping-after"),
        (&["--nick", "Ann", "--shout"], "--shout"),
        (&["\x1b[2J:1", "--nick", "Ann"], "not a host name"),
    ] {
        let output = client(PROGRAM).args(args).run();
        let message = error_of(PROGRAM, &output, 2);
        assert!(message.contains(part), "`{part}` in {output}");
    }
}

#[test]
fn help_has_an_example_the_defaults_and_the_limits() {
    for flag in ["--help", "-h"] {
        let output = client(PROGRAM).arg(flag).run();
        let text = output.assert_success().stdout_text();
        for part in [
            "Usage: group-chat-client ",
            "Example: group-chat-client ",
            "Limits: ",
            "[default: 127.0.0.1:8888]",
            "[default: 10]",
            "[default: 60]",
        ] {
            assert!(text.contains(part), "`{part}` in {output}");
        }
        assert!(text.lines().all(|line| line.len() <= 100), "{output}");
    }
}
