//! Command lines that cannot be meant.

use harness::client;

use crate::told::{assert_refused, error_of};

#[test]
fn what_cannot_be_meant_is_refused_with_the_reason() {
    let to = ["--to", "127.0.0.1:1"];
    let cases: [(&[&str], &str); 19] = [
        (&[], "--to"),
        (&["--to", "localhost"], "a port is missing"),
        (&["--to", "127.0.0.1:1", "--to", "127.0.0.1:1"], "--to"),
        (&[to[0], to[1], "--listen", "x"], "--listen"),
        (
            &[to[0], to[1], "--show", "svg"],
            "ladder, hex, text, json, none",
        ),
        (&[to[0], to[1], "--chunk", "0"], "--chunk"),
        (&[to[0], to[1], "--chunk", "-1"], "--chunk"),
        (&[to[0], to[1], "--delay", "-1"], "--delay"),
        (&[to[0], to[1], "--delay", "60001"], "--delay"),
        (&[to[0], to[1], "--delay", "NaN"], "--delay"),
        (&[to[0], to[1], "--reset-after", "x"], "--reset-after"),
        (&[to[0], to[1], "--drop", "10"], "--udp"),
        (
            &[to[0], to[1], "--udp", "--drop", "101"],
            "a number from 0 to 100",
        ),
        (
            &[to[0], to[1], "--udp", "--drop", "NaN"],
            "a number from 0 to 100",
        ),
        (&[to[0], to[1], "--udp", "--chunk", "1"], "--chunk"),
        (
            &[to[0], to[1], "--udp", "--reset-after", "1"],
            "--reset-after",
        ),
        (&[to[0], to[1], "--udp", "--ftp"], "--ftp"),
        (&["draw"], "TAPE"),
        (
            &["draw", "x", "--as", "png"],
            "ladder, svg, html, mermaid, json, hex, text",
        ),
    ];
    for (args, part) in cases {
        assert_refused("wiretap", &client("wiretap").args(args).run(), &[part]);
    }
    let together = client("wiretap").args(to).args(["draw", "x"]).run();
    assert_refused("wiretap", &together, &["cannot be used together"]);
}

#[cfg(unix)]
#[test]
fn a_unix_socket_has_neither_datagrams_nor_ports() {
    for args in [["--to", "unix:/x", "--udp"], ["--to", "unix:/x", "--ftp"]] {
        let output = client("wiretap").args(args).run();
        assert_refused("wiretap", &output, &["HOST:PORT"]);
    }
}

#[test]
fn flags_of_all_programs_stand_before_and_after_the_subcommand() {
    for args in [
        ["-q", "draw", "/nowhere"],
        ["draw", "-q", "/nowhere"],
        ["draw", "/nowhere", "-v"],
    ] {
        let output = client("wiretap").args(args).run();
        assert!(error_of("wiretap", &output, 1).contains("cannot draw /nowhere"));
    }
}

#[test]
fn help_has_an_example_and_the_limits() {
    let output = client("wiretap").arg("--help").run();
    output.assert_success();
    let help = output.stdout_text().into_owned();
    for part in [
        "Example: wiretap --to",
        "Limits:",
        "256 KiB",
        "--reset-after",
        "passwords",
    ] {
        assert!(help.contains(part), "{part} in {help}");
    }
    let version = client("wiretap").arg("--version").run();
    assert_eq!(
        version.stdout_text(),
        format!("wiretap {}\n", env!("CARGO_PKG_VERSION"))
    );
}
