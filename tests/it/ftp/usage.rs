//! Command lines.

use super::ftp_updown;
use crate::told::error_of;

#[track_caller]
fn refused(args: &[&str]) -> String {
    let output = ftp_updown().args(args).run();
    error_of("ftp-updown", &output, 2)
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (args, why) in [
        (
            &["http://h/", "pwd"][..],
            "cannot use the URL: it begins with ftp://",
        ),
        (&["ftps://h/", "pwd"], "--tls implicit"),
        (&["ftp://h/?x", "pwd"], "it has a ? or a #"),
        (&["ftp://h/a%0d%0aDELE%20x", "pwd"], "it holds a line end"),
        (
            &["ftp://ann@h/", "--user", "bob", "pwd"],
            "the URL names another user than --user",
        ),
        (
            &["ftp://h/", "get", "a\r\nDELE b"],
            "a name must not hold a line end",
        ),
        (
            &["ftp://h/", "mv", "a", "b\nDELE c"],
            "a name must not hold a line end",
        ),
        (
            &["ftp://h/", "put", "a", "--to", "b\rc"],
            "a name must not hold a line end",
        ),
        (&["ftp://h/", "get", "a/.."], "names no file"),
        (
            &["ftp://h/", "put", "a/x", "b", "c/x"],
            "a/x and c/x would have one name on the server",
        ),
        (&["ftp://h/", "get", "a", "-o", "-"], "cat"),
        (
            &["ftp://h/", "--ascii", "--resume", "get", "a"],
            "cannot resume with --ascii",
        ),
        (
            &["--ascii", "ftp://h/", "get", "a", "--resume"],
            "cannot resume with --ascii",
        ),
        (
            &["--resume", "ftp://h/", "put", "a", "--direct"],
            "cannot resume with --direct",
        ),
        (&["ftp://h/", "--timeout", "0", "pwd"], "--timeout"),
        (&["ftp://h/", "get"], "REMOTE"),
        (&["ftp://h/"], "(see --help)"),
        (&[], "(see --help)"),
    ] {
        let line = refused(args);
        assert!(line.contains(why), "{why:?} in {line}");
    }
}

#[test]
fn a_password_needs_somebody_whose_it_is() {
    let pwd = ftp_updown()
        .args(["ftp://h/", "--password-file", "-", "pwd"])
        .stdin("secret\n");
    let line = error_of("ftp-updown", &pwd.run(), 2);
    assert_eq!(line, "a password needs a user (--user, or ftp://USER@HOST)");
}

#[test]
fn a_password_in_the_url_is_refused_and_not_shown() {
    let line = refused(&["ftp://ann:hunter2@h/", "pwd"]);
    assert!(
        line.contains("can be seen by every user of this host"),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn help_tells_the_limits_and_an_example() {
    let output = ftp_updown().arg("--help").run();
    output.assert_success();
    let help = output.stdout_text();
    for part in [
        "Example: ",
        "Limits: ",
        "64 KiB",
        "100,000",
        "FTP_PASSWORD",
        "Exit code",
    ] {
        assert!(help.contains(part), "{part:?} in {help}");
    }
}

#[test]
fn flags_stand_before_the_command_or_behind_it() {
    for args in [
        &["--timeout", "1", "-q", "ftp://127.0.0.1:1", "pwd"][..],
        &["ftp://127.0.0.1:1", "pwd", "-q", "--timeout", "1"],
        &["ftp://127.0.0.1:1", "--log-format", "json", "pwd", "-v"],
    ] {
        let output = ftp_updown().args(args).run();
        let line = error_of("ftp-updown", &output, 1);
        assert_eq!(line, "cannot connect to 127.0.0.1:1: connection refused");
    }
}
