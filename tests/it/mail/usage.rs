//! Command lines of `mailer` that cannot be meant, and what can be read of a file.

use std::fs;

use super::{Post, empty_mail_to, mailer};
use crate::told::{self, assert_harmless, error_of};
use harness::{client, temp_dir};

const USUAL: [&str; 8] = [
    "--server",
    "127.0.0.1:1",
    "--from",
    "a@b",
    "--to",
    "c@d",
    "--subject",
    "Hi",
];

#[track_caller]
fn assert_refused(args: &[&str], part: &str) {
    let output = mailer().args(args).run();
    told::assert_refused("mailer", &output, &[part]);
}

#[test]
fn what_is_missing_is_named() {
    assert_refused(&[], "--from");
    assert_refused(
        &[
            "--from",
            "a@b",
            "--to",
            "c@d",
            "--subject",
            "x",
            "--text",
            "y",
        ],
        "--server",
    );
    assert_refused(
        &[
            "--server",
            "x",
            "--from",
            "a@b",
            "--subject",
            "x",
            "--text",
            "y",
        ],
        "--to",
    );
    assert_refused(&USUAL, "--text");
}

#[test]
fn what_does_not_go_together_is_named() {
    let with = |flags: &[&'static str], part| assert_refused(&[&USUAL, flags].concat(), part);
    with(&["--text", "x", "--text-file", "y"], "--text-file");
    with(&["--text", "x", "--inline", "a=b.png"], "--html");
    with(
        &["--text-file", "-", "--html", "-"],
        "cannot both be standard input",
    );
    with(
        &["--text", "x", "--password-file", "p"],
        "--password-file needs --user",
    );
    with(
        &["--html", "h", "--inline", "a=b.png", "--inline", "a=c.png"],
        "two pictures are called a",
    );
    with(&["--text", "x", "--tls", "maybe"], "--tls");
    with(&["--text", "x", "--timeout", "-1"], "--timeout");
    with(&["--text", "x", "--attach", ".."], "no path of a file");
    with(&["--html", "h", "--inline", "b.png"], "write CID=FILE");
    assert_refused(
        &[
            "--server",
            "unix:/s",
            "--from",
            "a@b",
            "--bcc",
            "c@d",
            "--subject",
            "",
            "--text",
            "",
        ],
        "add --tls none",
    );
}

#[test]
fn there_are_limits() {
    let long = "x".repeat(4097);
    assert_refused(&["--subject", &long], "a subject has at most 4096 bytes");
    let many = ["--bcc", "e@f"].repeat(1000);
    let args = [&USUAL[..], &["--text", "x"], &many].concat();
    assert_refused(&args, "a message has at most 1000 recipients");
    let many = ["--attach", "x"].repeat(101);
    assert_refused(
        &[&USUAL[..], &many].concat(),
        "a message has at most 100 files",
    );

    let folder = temp_dir();
    let big = fs::File::create(folder.path().join("big")).unwrap();
    big.set_len((64 << 20) + 1).unwrap();
    let output = mailer()
        .args(USUAL)
        .dir(&folder)
        .args(["--attach", "big"])
        .run();
    let message = error_of("mailer", &output, 1);
    assert_eq!(message, "cannot read big: a message holds at most 64 MiB");
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_nothing_is_sent() {
    let folder = temp_dir();
    fs::write(folder.path().join("gbk.txt"), b"\xc4\xe3\xba\xc3").unwrap();
    let post = Post::start(&[]);
    for (flags, message) in [
        (
            ["--attach", "missing"],
            "cannot read missing: no such file or directory",
        ),
        (
            ["--html", "missing"],
            "cannot read missing: no such file or directory",
        ),
        (["--attach", "."], "no path"),
        (
            ["--text-file", "gbk.txt"],
            "cannot read gbk.txt: it is no text in UTF-8",
        ),
    ] {
        let output = post.mail().dir(&folder).args(flags).run();
        let told = error_of("mailer", &output, if flags[1] == "." { 2 } else { 1 });
        assert!(told.contains(message), "{told}");
    }
    assert!(post.kept().is_empty());
}

#[test]
fn help_and_version() {
    let help = client("mailer").arg("--help").run();
    help.assert_success();
    assert_harmless(&help.stdout);
    let text = help.stdout_text();
    for part in [
        "Example:",
        "Limits:",
        "64 MiB",
        "MAILER_PASSWORD",
        "--dry-run",
        "75",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let version = client("mailer").arg("--version").run();
    assert!(version.stdout_text().starts_with("mailer "));
}

#[test]
fn a_picture_that_the_html_does_not_show_is_told() {
    let folder = temp_dir();
    fs::write(folder.path().join("a.html"), "<img src='cid:img02'>").unwrap();
    fs::write(folder.path().join("a.png"), "x").unwrap();
    let output = mailer()
        .args(USUAL)
        .dir(&folder)
        .args(["--html", "a.html", "--inline", "img01=a.png", "--dry-run"])
        .run();
    output.assert_success();
    assert!(
        output
            .stderr_text()
            .contains("the HTML does not show cid:img01"),
        "{output}"
    );
}

#[cfg(unix)]
#[test]
fn a_server_at_a_unix_socket() {
    let folder = temp_dir();
    let socket = format!("unix:{}/s", folder.path().display());
    let post = Post::start(&["--listen", &socket]);
    let output = empty_mail_to(&socket).args(["--text", "x"]).run();
    output.assert_success();
    post.only();
}
