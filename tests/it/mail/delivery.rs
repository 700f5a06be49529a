//! Each recipient's fate, and the exit code.

use super::talk::{mail_to, talking};
use super::{Post, mailer};
use crate::told::line_of;
use harness::{Launch, Output};

/// A mail to three.
fn to_three(post: &Post) -> Launch {
    mailer()
        .args(["--server", post.address(), "--tls", "none", "--from", "a@b"])
        .args(["--subject", "Hi", "--text", "Hello"])
        .args(["--to", "one@x", "--to", "two@x", "--to", "three@x"])
}

#[track_caller]
fn assert_told(output: &Output, code: i32, message: &str, fates: &[&str]) {
    output.assert_code(code);
    assert_eq!(line_of("mailer", output), message);
    assert_eq!(output.stdout_lines(), fates);
}

#[test]
fn who_was_refused_does_not_keep_it_from_the_others() {
    let post = Post::start(&["--refuse", "two@x=550"]);
    assert_told(
        &to_three(&post).run(),
        1,
        "cannot send to 1 of 3 recipients, two@x: the server says 550 5.0.0 As I was told to",
        &[
            "one@x: accepted: 250 2.0.0 Kept as 1.eml",
            "two@x: refused: 550 5.0.0 As I was told to",
            "three@x: accepted: 250 2.0.0 Kept as 1.eml",
        ],
    );
    post.only();
}

#[test]
fn it_is_worth_trying_again_if_all_refusals_may_pass() {
    let post = Post::start(&["--refuse", "one@x=450", "--refuse", "three@x=451"]);
    assert_told(
        &to_three(&post).run(),
        75,
        "cannot send to 2 of 3 recipients; the first, one@x: the server says 450 4.0.0 As I was \
         told to",
        &[
            "one@x: refused: 450 4.0.0 As I was told to",
            "two@x: accepted: 250 2.0.0 Kept as 1.eml",
            "three@x: refused: 451 4.0.0 As I was told to",
        ],
    );
    post.only();
}

#[test]
fn one_lasting_refusal_is_enough_for_exit_code_1() {
    let post = Post::start(&["--refuse", "one@x=450", "--refuse", "two@x=553"]);
    to_three(&post).run().assert_code(1);
    post.only();
}

#[test]
fn nothing_is_sent_where_nobody_is_left() {
    for (second, code) in [("550", 1), ("450", 75)] {
        let flags = ["one@x=450", &format!("two@x={second}"), "three@x=452"];
        let flags = flags.map(|refusal| ["--refuse", refusal]);
        let post = Post::by(|launch| launch.args(flags.as_flattened()));
        let output = to_three(&post).run();
        let message = "cannot send to any of 3 recipients; the first, one@x: the server says 450 \
                       4.0.0 As I was told to";
        let fates = [
            "one@x: refused: 450 4.0.0 As I was told to".to_owned(),
            format!(
                "two@x: refused: {second} {}.0.0 As I was told to",
                &second[..1]
            ),
            "three@x: refused: 452 4.0.0 As I was told to".to_owned(),
        ];
        assert_told(
            &output,
            code,
            message,
            &fates.each_ref().map(String::as_str),
        );
        assert!(post.kept().is_empty());
    }
}

#[test]
fn a_refusal_of_all_has_the_code_of_its_kind_at_every_step() {
    for (step, told) in [
        (
            "connect",
            "cannot get a greeting from {server}: the server says ",
        ),
        ("hello", "cannot say EHLO to {server}: the server says "),
        ("mail", "cannot send from a@b: the server says "),
        (
            "data",
            "cannot hand the message to {server}: after DATA, the server says ",
        ),
        (
            "message",
            "cannot hand the message to {server}: after the message, the server says ",
        ),
    ] {
        for (no, code) in [("421", 75), ("452", 75), ("554", 1)] {
            let post = Post::start(&["--refuse", &format!("{step}={no}")]);
            let output = to_three(&post).run();
            output.assert_code(code);
            let told = told.replace("{server}", post.address());
            let line = line_of("mailer", &output);
            assert!(line.starts_with(&format!("{told}{no} ")), "{step}: {line}");
            let fates: &[&str] = match step {
                "data" | "message" => &["one@x: not sent", "two@x: not sent", "three@x: not sent"],
                _ => &[],
            };
            assert_eq!(output.stdout_lines(), fates, "{step}");
            assert!(post.kept().is_empty(), "{step}");
        }
    }
}

#[test]
fn a_server_that_leaves_at_a_recipient_is_no_refusal_of_that_one() {
    let post = Post::start(&["--refuse", "two@x=421"]);
    let output = to_three(&post).run();
    output.assert_code(75);
    let fates = ["one@x: not sent", "two@x: not sent", "three@x: not sent"];
    assert_eq!(output.stdout_lines(), fates);
    assert!(post.kept().is_empty());
}

#[test]
fn a_message_that_is_too_large_is_not_begun() {
    let post = Post::start(&["--max-size", "200"]);
    let output = to_three(&post).run();
    output.assert_code(1);
    let line = line_of("mailer", &output);
    let told = line
        .strip_prefix("cannot send the message: it has ")
        .unwrap();
    assert!(
        told.ends_with(" bytes, and the server takes at most 200 bytes"),
        "{line}"
    );
    assert!(output.stdout.is_empty() && post.kept().is_empty());
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_does_not_hide_a_refusal() {
    use crate::closed_stdout::into_closed_pipe;

    let post = Post::start(&["--refuse", "two@x=450"]);
    let output = into_closed_pipe(to_three(&post));
    output.assert_code(75);
    assert!(
        line_of("mailer", &output).contains("1 of 3 recipients, two@x"),
        "{output}"
    );
    post.only();
    let post = Post::start(&[]);
    into_closed_pipe(to_three(&post)).assert_success();
    post.only();
}

#[test]
fn an_address_in_another_script_needs_a_server_that_knows_it() {
    let post = Post::start(&[]);
    let to = ["--to", "用户@例子.example"];
    let sent = post.mail().args(["--text", "x"]).args(to).run();
    sent.assert_success();
    assert!(
        sent.stdout_text()
            .contains("用户@xn--fsqu00a.example: accepted"),
        "{sent}"
    );
    let text = String::from_utf8(post.only()).unwrap();
    assert!(text.contains("用户@xn--fsqu00a.example"), "{text}");

    let server = talking(|talk| {
        talk.greet("8BITMIME SIZE_1000000");
        talk.hear("QUIT", "221 bye");
    });
    let output = mail_to(&server.address).args(to).run();
    output.assert_code(1);
    let message = "the server takes ASCII addresses only (no SMTPUTF8)";
    assert!(line_of("mailer", &output).ends_with(message), "{output}");
    server.end();
}
