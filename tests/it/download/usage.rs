//! Command lines.

use harness::client;

use super::Desk;
use crate::told::{self, error_of};

#[track_caller]
fn assert_refused(args: &[&str], parts: &[&str]) {
    told::assert_refused("downloader", &Desk::new().run(args), parts);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    const URL: &str = "http://127.0.0.1:1/a";
    for (args, parts) in [
        (&[] as &[&str], &["nothing to download"] as &[&str]),
        (&["x.jpg"], &["cannot download x.jpg", "http://"]),
        (&["ftp://h/x"], &["ftp://h/x", "only http and https"]),
        (&["http://me:secret@h/x"], &["a user or a password"]),
        (&["--listing", "here"], &["cannot download here"]),
        (&["--items", "/a", URL], &["--listing"]),
        (&["--listing", URL, "--items", "a"], &["--items", "slash"]),
        (&["-j", "0", URL], &["--jobs", "0"]),
        (&["-j", "129", URL], &["--jobs", "129"]),
        (&["--retries", "-1", URL], &["--retries", "-1"]),
        (&["--retries", "101", URL], &["--retries", "101"]),
        (&["--max-size", "1MB", URL], &["--max-size", "1MB"]),
        (&["--timeout", "0", URL], &["--timeout", "0"]),
        (&["--timeout", "NaN", URL], &["--timeout", "NaN"]),
        (
            &["--on-conflict", "ask", URL],
            &["refuse, rename, overwrite"],
        ),
        (&["--no-such-flag"], &["--no-such-flag"]),
        (&["-q", "-v", URL], &["--quiet", "--verbose"]),
    ] {
        assert_refused(args, parts);
    }
}

#[test]
fn a_secret_in_a_url_is_not_shown() {
    let output = Desk::new().run(&["http://me:hunter2@h/x"]);
    assert!(
        !error_of("downloader", &output, 2).contains("hunter2"),
        "{output}"
    );
}

#[test]
fn a_list_that_cannot_be_read_is_named() {
    let output = Desk::new().run(&["-i", "no-such-list"]);
    let message = error_of("downloader", &output, 1);
    assert_eq!(
        message,
        "cannot read the list no-such-list: no such file or directory"
    );
    let output = Desk::new()
        .launch(&["-i", "-"])
        .stdin(b"\xff\n".as_slice())
        .run();
    let message = error_of("downloader", &output, 1);
    assert!(message.starts_with("cannot read the list -: "), "{message}");
}

#[test]
fn nothing_to_do_is_no_failure() {
    let output = Desk::new().launch(&["-i", "-"]).stdin("# nothing\n").run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        ["0 files saved, 0 bytes"]
    );
}

#[test]
fn certificates_that_are_none_are_named() {
    let output = Desk::new().run(&["--ca-file", "no.pem", "https://127.0.0.1:1/"]);
    let message = error_of("downloader", &output, 1);
    assert!(
        message.starts_with("cannot use the certificates in no.pem: "),
        "{message}"
    );
}

#[test]
fn help_says_what_for_and_how_with_an_example_and_the_limits() {
    let output = client("downloader").arg("--help").run();
    let help = output.assert_success().stdout_text().into_owned();
    assert!(help.starts_with("Download many files at once\n"), "{help}");
    for part in [
        "Example: downloader",
        "Limits: ",
        "Exit code: ",
        "--allow-private",
        "[default: 16]",
    ] {
        assert!(help.contains(part), "{part} in {help}");
    }
}
