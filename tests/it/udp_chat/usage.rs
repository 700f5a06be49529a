//! The command line.

use harness::client;

use crate::told::assert_refused;

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    for (args, part) in [
        (&["--bind", "localhost"][..], "a port is missing"),
        (&["--peer", "::1:5"], "brackets"),
        (&["--hello", "hi"], "--peer"),
        (&["--hello", "hi", "--broadcast", "0"], "--broadcast"),
        (
            &["--peer", "a:1", "--multicast", "239.1.1.1:1"],
            "--multicast",
        ),
        (&["--peer", "a:1", "--broadcast", "1"], "--broadcast"),
        (
            &["--multicast", "239.1.1.1:1", "--broadcast", "1"],
            "--broadcast",
        ),
        (&["--multicast", "192.0.2.1:1"], "not a multicast group"),
        (&["--multicast", "239.1.1.1"], "GROUP:PORT"),
        (&["--broadcast", "65536"], "65536"),
        (&["--charset", "latin-1"], "utf-8, gbk"),
        (&["--timeout", "0"], "--timeout"),
        (&["--peer", "unix:/x"], "cannot use unix:/x for UDP"),
        (&["--bind", "unix:/x"], "cannot use unix:/x for UDP"),
        (
            &["--multicast", "239.1.1.1:0", "--bind", "unix:/x"],
            "cannot use unix:/x for UDP",
        ),
        (&["--peer", "127.0.0.1:0"], "nothing can be sent to port 0"),
        (&["--name", "a\nb"], "no control characters"),
        (&["--name", "\x1b[2J"], "no control characters"),
        (&["stray"], "stray"),
    ] {
        assert_refused("udp-chat", &client("udp-chat").args(args).run(), &[part]);
    }
}

#[test]
fn what_cannot_be_done_is_said_with_the_address() {
    for (args, error) in [
        (
            &["--bind", "127.0.0.1:0", "--peer", "[::1]:5"][..],
            "cannot reach udp [::1]:5: ",
        ),
        (
            &["--bind", "192.0.2.77:0"],
            "cannot listen on udp 192.0.2.77:0: this host has no such address",
        ),
        (
            &["--multicast", "239.1.1.1:0", "--bind", "192.0.2.77:0"],
            "cannot use 192.0.2.77:0 for a room: no interface has that address",
        ),
    ] {
        let output = client("udp-chat").args(args).run();
        output.assert_code(1);
        let text = output.stderr_text();
        assert!(
            text.starts_with(&format!("udp-chat: {error}")) && text.lines().count() == 1,
            "{output}"
        );
    }
}

#[test]
fn help_has_an_example_the_defaults_and_the_limits() {
    let output = client("udp-chat").arg("--help").run();
    let text = output.assert_success().stdout_text();
    for part in [
        "Example: udp-chat ",
        "Limits: ",
        "127.0.0.1:40000",
        "[default: hello]",
        "[default: utf-8]",
        "65,507",
    ] {
        assert!(text.contains(part), "`{part}` in {output}");
    }
}
