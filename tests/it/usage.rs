//! Command lines: what cannot be meant is refused with one line and exit code 2; `--help` and
//! `--version` answer on stdout.

use harness::client;

use crate::told::{self, assert_harmless, error_of};

const PROGRAMS: [&str; 4] = ["time-server", "time-client", "hello-server", "hello-client"];
const SERVERS: [&str; 2] = ["time-server", "hello-server"];
const CLIENTS: [&str; 2] = ["time-client", "hello-client"];

/// Checks that the line is refused, with a message that names each of `parts`.
#[track_caller]
fn assert_refused(program: &str, args: &[&str], parts: &[&str]) {
    // A server that took it would listen for ever; the limit ends it.
    let output = client(program).args(args).run();
    told::assert_refused(program, &output, parts);
}

#[test]
fn a_bad_address_is_named_with_the_reason() {
    for (address, why) in [
        ("localhost", "a port is missing"),
        ("127.0.0.1:", "a number from 0 to 65535"),
        ("127.0.0.1:http", "a number from 0 to 65535"),
        ("127.0.0.1:65536", "a number from 0 to 65535"),
        (":9999", "a host is missing"),
        ("::1:9999", "brackets"),
        ("[::1:9999", "not an IPv6 address"),
        ("two words:9999", "not a host name"),
        ("unix:", "a path is missing"),
    ] {
        for server in SERVERS {
            assert_refused(server, &["--listen", address], &["--listen", address, why]);
        }
        for client in CLIENTS {
            assert_refused(client, &[address], &[address, why]);
        }
    }
}

#[test]
fn an_escape_sequence_in_an_argument_does_not_reach_the_terminal() {
    for client in CLIENTS {
        assert_refused(client, &["\x1b[2J:9999"], &["not a host name"]);
    }
    assert_refused(
        "time-server",
        &["--format", "%Q\r\x07\u{9b}"],
        &[r"%Q\r", r"\u{9b}", "not a strftime pattern"],
    );
    assert_refused(
        "time-server",
        &["--format", "\x1b[2J%Q"],
        &["not a strftime pattern"],
    );
    assert_refused(
        "hello-server",
        &["--no-such-flag\x1b[2J"],
        &["--no-such-flag"],
    );
}

#[test]
fn a_number_of_seconds_that_makes_no_sense_is_refused() {
    let flags = [
        ("time-client", "--timeout"),
        ("hello-client", "--timeout"),
        ("time-server", "--idle-timeout"),
        ("hello-server", "--idle-timeout"),
        ("hello-server", "--delay"),
    ];
    for (program, flag) in flags {
        for number in [
            "-1", "-0.5", "NaN", "nan", "inf", "1e300", "ten", "", "1s", "0x10",
        ] {
            assert_refused(program, &[flag, number], &[flag, number]);
            let joined = format!("{flag}={number}");
            assert_refused(program, &[&joined], &[flag, number]);
        }
    }
    for client in CLIENTS {
        assert_refused(client, &["--timeout", "0"], &["--timeout", "0"]);
    }
}

#[test]
fn a_count_that_makes_no_sense_is_refused() {
    for (program, flag) in [
        ("time-server", "--max-connections"),
        ("hello-server", "--max-connections"),
        ("hello-client", "--repeat"),
    ] {
        for number in ["0", "-1", "1.5", "many", "99999999999999999999"] {
            assert_refused(program, &[flag, number], &[flag, number]);
        }
    }
}

#[test]
fn a_format_that_is_none_is_refused() {
    for format in ["rfc999", "%", "%Q", "%H:%!", "PYTHON", "no directive"] {
        assert_refused("time-server", &["--format", format], &["--format", format]);
        assert_refused(
            "time-server",
            &["--udp", "--format", format],
            &["--format", format],
        );
    }
    let long = "%H".repeat(200);
    assert_refused(
        "time-server",
        &["--format", &long],
        &["--format", "256 bytes"],
    );
    assert_refused("time-server", &["--format", ""], &["--format"]);
    assert_refused("time-server", &["--format="], &["--format"]);
}

#[test]
fn a_word_that_is_none_of_the_choices_is_refused_with_the_choices() {
    for program in ["hello-server", "hello-client"] {
        assert_refused(
            program,
            &["--framing", "lines"],
            &["lines", "--framing", "text, length, raw"],
        );
    }
    for program in PROGRAMS {
        assert_refused(
            program,
            &["--log-format", "xml"],
            &["xml", "--log-format", "text, json"],
        );
    }
}

#[test]
fn an_unknown_flag_is_named() {
    for program in PROGRAMS {
        assert_refused(program, &["--no-such-flag"], &["--no-such-flag"]);
        assert_refused(program, &["-x"], &["-x"]);
    }
    assert_refused(
        "hello-server",
        &["--lisen", "127.0.0.1:0"],
        &["--lisen", "--listen"],
    );
}

#[test]
fn a_flag_without_its_value_is_named() {
    for server in SERVERS {
        assert_refused(server, &["--listen"], &["--listen"]);
    }
    for client in CLIENTS {
        assert_refused(client, &["--timeout"], &["--timeout"]);
    }
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_utf8_is_refused() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let output = client("hello-client")
        .arg("127.0.0.1:1")
        .arg(OsString::from_vec(b"Mi\xffchael".to_vec()))
        .run();
    let message = error_of("hello-client", &output, 2);
    assert!(message.contains("UTF-8"), "{message}");
}

#[test]
fn too_many_arguments_are_refused() {
    assert_refused("time-client", &["127.0.0.1:1", "extra"], &["extra"]);
    assert_refused("time-server", &["127.0.0.1:0"], &["127.0.0.1:0"]);
    assert_refused("hello-server", &["127.0.0.1:0"], &["127.0.0.1:0"]);
}

#[test]
fn quiet_and_verbose_together_are_refused() {
    for program in PROGRAMS {
        assert_refused(program, &["-q", "-v"], &["--quiet", "--verbose"]);
    }
}

/// `--help` and `-h` begin with what the program is for, and show an example and the limits.
#[test]
fn help_says_what_for_and_how_with_an_example_and_the_limits() {
    for program in PROGRAMS {
        for flag in ["--help", "-h"] {
            let output = client(program).arg(flag).run();
            let text = output.assert_success().stdout_text();
            let purpose = text.lines().next().unwrap();
            assert!(purpose.len() > 20 && purpose.len() <= 80, "{purpose:?}");
            for part in [
                &format!("Usage: {program} "),
                &format!("Example: {program} "),
                "Limits: ",
            ] {
                assert!(text.contains(part), "`{part}` in {output}");
            }
            assert!(
                text.lines().all(|line| line.len() <= 100),
                "no long lines in {output}"
            );
            assert_harmless(&output.stdout);
            assert_eq!(output.stderr_text(), "");
        }
    }
}

#[test]
fn help_names_the_defaults() {
    for (program, defaults) in [
        (
            "time-server",
            &["127.0.0.1:6789", "python", "1024", "2"][..],
        ),
        ("time-client", &["127.0.0.1:6789", "10"]),
        (
            "hello-server",
            &[
                "127.0.0.1:9999",
                "Welcome!",
                "\"Hello, {}!\"",
                "exit",
                "0",
                "text",
                "1024",
                "300",
            ],
        ),
        (
            "hello-client",
            &[
                "127.0.0.1:9999",
                "Michael Tracy Sarah",
                "exit",
                "text",
                "1",
                "10",
            ],
        ),
    ] {
        let output = client(program).arg("--help").run();
        let text = output.assert_success().stdout_text();
        for default in defaults {
            let part = format!("[default: {default}]");
            assert!(text.contains(&part), "`{part}` in {output}");
        }
    }
}

#[test]
fn version_is_one_line_with_the_name() {
    for program in PROGRAMS {
        for flag in ["--version", "-V"] {
            let output = client(program).arg(flag).run();
            let line = output.assert_success().stdout_text();
            let version = line.strip_prefix(program).unwrap().trim();
            assert_eq!(line, format!("{program} {version}\n"));
            assert!(
                version.split('.').all(|part| part.parse::<u32>().is_ok()),
                "{version}"
            );
            assert_eq!(output.stderr_text(), "");
        }
    }
}
