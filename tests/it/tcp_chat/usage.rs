//! The command line.

use harness::client;

use crate::told::assert_refused;

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    for (args, part) in [
        (&[][..], "requires a subcommand"),
        (&["lissen"], "lissen"),
        (&["listen", "localhost"], "a port is missing"),
        (&["connect", "::1:5"], "brackets"),
        (&["listen", "a:1", "b:2"], "b:2"),
        (&["connect", "--framing", "lines"], "lines"),
        (&["connect", "--timeout", "-1"], "--timeout"),
        (&["connect", "\x1b[2J:1"], "not a host name"),
    ] {
        assert_refused("tcp-chat", &client("tcp-chat").args(args).run(), &[part]);
    }
}

#[test]
fn flags_stand_before_and_after_the_subcommand() {
    for args in [
        ["--framing", "length", "-v", "connect", "127.0.0.1:1"],
        ["connect", "127.0.0.1:1", "-v", "--framing", "length"],
    ] {
        // Port 1 of loopback: nobody serves TCPMUX any more.
        let output = client("tcp-chat").args(args).run();
        output.assert_code(1);
    }
}

#[test]
fn help_has_an_example_the_default_and_the_limits() {
    for args in [&["--help"][..], &["listen", "--help"], &["connect", "-h"]] {
        let output = client("tcp-chat").args(args).run();
        output.assert_success();
        let text = output.stdout_text();
        if args.len() == 1 {
            assert!(text.contains("Example: tcp-chat ") && text.contains("Limits: "));
        } else {
            assert!(text.contains("[default: 127.0.0.1:12345]"), "{output}");
        }
    }
}
