//! `demo-peers smtp` itself: it may not hide what is wrong with a client.

use std::fs;

use super::Post;
use super::talk::Talk;
use crate::wire::Peer;
use harness::{LIMIT, Server, Stream, client, names, temp_dir};

/// A conversation with it, past its greeting.
fn talk(post: &Post) -> Talk {
    let mut talk = Talk {
        peer: Peer::connect(&post.server),
    };
    assert_eq!(talk.line(), "220 demo-peers ESMTP");
    talk
}

impl Talk {
    /// Says a line and checks the code that is answered.
    #[track_caller]
    fn get(&mut self, line: &str, code: &str) {
        self.say(line);
        loop {
            let answer = self.line();
            assert!(answer.starts_with(code), "{line}: {answer}");
            if !answer.starts_with(&format!("{code}-")) {
                return;
            }
        }
    }

    fn begin(&mut self) {
        self.get("EHLO me", "250");
        self.get("MAIL FROM:<a@b>", "250");
        self.get("RCPT TO:<c@d>", "250");
        self.get("DATA", "354");
    }
}

#[test]
fn a_message_is_kept_as_it_was_meant() {
    let post = Post::start(&[]);
    let mut talk = talk(&post);
    talk.begin();
    talk.peer
        .send("Subject: x\r\n\r\n..\r\n..a\r\n...\r\nb\n.\nc\r.\rd\r\n.\r\nNOOP\r\n");
    assert_eq!(talk.line(), "250 2.0.0 Kept as 1.eml");
    assert_eq!(talk.line(), "250 2.0.0 Fine");
    assert_eq!(
        post.only(),
        b"Subject: x\r\n\r\n.\r\n.a\r\n..\r\nb\n.\nc\r.\rd\r\n"
    );
    // One more over the same connection.
    talk.get("MAIL FROM:<>", "250");
    talk.get("RCPT TO:<c@d>", "250");
    talk.get("DATA", "354");
    talk.peer.send(".\r\n");
    assert_eq!(talk.line(), "250 2.0.0 Kept as 2.eml");
    assert_eq!(post.kept()[1], b"");
    talk.get("QUIT", "221");
    talk.peer.expect_end();
}

#[test]
fn half_a_message_is_never_kept() {
    let post = Post::start(&[]);
    for half in [
        "",
        "Subject: x\r\n",
        "x\r\n.",
        "x\r\n.\r",
        "x\n.\n",
        "x\r\n.\n",
    ] {
        let mut talk = talk(&post);
        talk.begin();
        talk.peer.send(half);
        talk.peer.finish();
        talk.peer.expect_end();
    }
    let mut reset = talk(&post);
    reset.begin();
    reset.peer.send("x".repeat(100_000));
    reset.peer.reset();
    let mut last = talk(&post);
    last.begin();
    last.peer.send("x\r\n.\r\n");
    assert_eq!(last.line(), "250 2.0.0 Kept as 1.eml");
    let folder = post.path("mail");
    // To stop would end the one that was reset in another way, if its thread has not heard of it yet.
    let heard = |line: &str| line.contains("connection reset");
    let server = post.server.process();
    server.wait_for_line(Stream::Stderr, heard, LIMIT).unwrap();
    let log = post.server.stop();
    let cut = "it closed in the middle of a message";
    assert_eq!(log.stderr_text().matches(cut).count(), 6, "{log}");
    assert_eq!(names(folder), ["1.eml"]);
}

#[test]
fn a_mailer_that_is_killed_leaves_nothing_half_kept() {
    let post = Post::start(&[]);
    let folder = temp_dir();
    fs::write(folder.path().join("big"), vec![7; 8 << 20]).unwrap();
    let whole = {
        post.mail()
            .dir(&folder)
            .args(["--attach", "big"])
            .run()
            .assert_success();
        post.only().len()
    };
    for wait in [
        0u64, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128,
    ] {
        let running = post.mail().dir(&folder).args(["--attach", "big"]).spawn();
        // At whatever moment.
        std::thread::sleep(std::time::Duration::from_millis(wait * 4));
        running.kill();
    }
    // Those before it have been dealt with when one that came later is.
    let mut talk = talk(&post);
    talk.begin();
    talk.peer.send("last\r\n.\r\n");
    assert!(talk.line().starts_with("250 "));
    let folder = post.path("mail");
    post.server.stop().assert_success();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "eml");
        let length = fs::read(&path).unwrap().len();
        assert!(
            length == 6 || length.abs_diff(whole) < 64,
            "{length} bytes in {}",
            path.display()
        );
    }
}

#[test]
fn commands_have_an_order() {
    let post = Post::start(&[]);
    let mut talk = talk(&post);
    talk.get("MAIL FROM:<a@b>", "503");
    talk.get("EHLO me", "250");
    talk.get("RCPT TO:<c@d>", "503");
    talk.get("DATA", "503");
    talk.get("mail from:<a@b> size=99999999999", "552");
    talk.get("MAIL FROM: <a@b> BODY=8BITMIME", "250");
    talk.get("MAIL FROM:<a@b>", "503");
    talk.get("DATA", "503");
    talk.get("RSET", "250");
    talk.get("RCPT TO:<c@d>", "503");
    talk.get("AUTH PLAIN AGEAYg==", "235");
    talk.get("STARTTLS", "502");
    talk.get("VRFY ann", "252");
    talk.get("EXPN ann", "502");
    talk.get("MAIL TO:<x>", "501");
    talk.get("HELO me", "250");
    talk.say(&"x".repeat(20_000));
    assert!(talk.line().starts_with("500 "));
    talk.peer.expect_end();
}

#[test]
fn a_message_over_the_limit_is_read_to_its_end_and_not_kept() {
    let post = Post::start(&["--max-size", "10"]);
    let mut talk = talk(&post);
    talk.begin();
    talk.peer.send("0123456789\r\n".repeat(10_000));
    talk.peer.send(".\r\n");
    assert_eq!(talk.line(), "552 5.3.4 That is too large");
    talk.begin();
    talk.peer.send("12345678\r\n.\r\n");
    assert_eq!(talk.line(), "250 2.0.0 Kept as 1.eml");
    assert_eq!(post.only(), b"12345678\r\n");
}

#[test]
fn what_cannot_be_kept_is_not_taken() {
    let post = Post::start(&[]);
    fs::write(post.path("mail"), "a file where the folder should be").unwrap();
    let sent = post.mail().args(["--text", "x"]).run();
    sent.assert_code(75);
    assert!(
        sent.stderr_text().contains("451 4.3.0 It cannot be kept"),
        "{sent}"
    );
    // The next one may be.
    fs::remove_file(post.path("mail")).unwrap();
    post.mail().args(["--text", "x"]).run().assert_success();
    post.only();
    let log = crate::told::log_of(post.server).join("\n");
    assert!(log.contains("cannot create the folder mail"), "{log}");
}

#[test]
fn only_who_has_logged_in_may_send() {
    let folder = temp_dir();
    fs::write(folder.path().join("pw"), "secret").unwrap();
    let file = folder.path().join("pw");
    let post = Post::start(&["--user", "ann", "--password-file", file.to_str().unwrap()]);
    let mut talk = talk(&post);
    talk.get("EHLO me", "250");
    talk.get("MAIL FROM:<a@b>", "530");
    talk.get("AUTH PLAIN AGFubgB3cm9uZw==", "535");
    talk.get("AUTH PLAIN !", "501");
    talk.get("AUTH CRAM-MD5", "504");
    talk.get("AUTH PLAIN", "334");
    talk.get("*", "501");
    talk.get("AUTH LOGIN YW5u", "334");
    talk.get("c2VjcmV0", "235");
    talk.get("MAIL FROM:<a@b>", "250");
}

#[test]
fn what_comes_with_auth_is_not_logged() {
    let post = Post::start(&["-vv"]);
    let mut talk = talk(&post);
    talk.get("AUTH PLAIN AGFubgBzZWNyZXQ=", "235");
    talk.get("auth  PLAIN AGFubgBzZWNyZXQ=", "235");
    talk.get(" AUTH\tPLAIN AGFubgBzZWNyZXQ=", "502");
    let log = crate::told::log_of(post.server).join("\n");
    assert_eq!(log.matches("C: AUTH ****").count(), 3, "{log}");
    assert!(!log.contains("AGFubgBz"), "{log}");
}

#[test]
fn a_client_that_falls_silent_is_dropped_and_the_log_says_why() {
    let post = Post::start(&["--idle-timeout", "0.2", "-v"]);
    let mut talk = talk(&post);
    talk.peer.expect_end();
    let said = |lines: &[String]| {
        let why = ": silent for 0.2 s";
        lines.iter().any(|line| line.ends_with(why)).then_some(())
    };
    let waited = post
        .server
        .wait_for_lines(harness::Stream::Stderr, harness::LIMIT, said);
    waited.unwrap();
}

/// CVE-2011-0411: what came in the clear must not be obeyed as if it had come encrypted.
#[test]
fn commands_behind_starttls_are_not_obeyed() {
    let post = Post::start(&["--tls", "starttls"]);
    let mut talk = talk(&post);
    talk.get("EHLO me", "250");
    talk.peer.send("STARTTLS\r\nMAIL FROM:<a@b>\r\n");
    assert_eq!(talk.line(), "220 2.0.0 Go ahead");
    talk.peer.expect_end();
}

#[test]
fn its_flags_are_checked() {
    for (flags, why) in [
        (["--refuse", "somewhere=550"], "an address, or one of"),
        (["--refuse", "a@b=250"], "from 400 to 599"),
        (["--refuse", "a@b"], "write WHAT=CODE"),
        (["--user", "ann"], "the password for ann is missing"),
    ] {
        let output = client("demo-peers").arg("smtp").args(flags).run();
        let message = crate::told::error_of("demo-peers", &output, 2);
        assert!(message.contains(why), "{message}");
    }
    let server: Server = harness::server("demo-peers").arg("smtp").serve();
    server.stop().assert_success();
}
