//! The tutorials' three mails, written by `mailer`, kept by the stand-in, read by a parser of somebody
//! else's, and compared byte for byte.

use std::fs;

use harness::temp_dir;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::{Post, mailer};

fn parse(bytes: &[u8]) -> Message<'_> {
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        assert!(line.ends_with(b"\r\n"), "{}", line.escape_ascii());
        assert!(line.len() <= 1000, "a line of {} bytes", line.len());
    }
    assert!(bytes.is_ascii());
    MessageParser::default().parse(bytes).unwrap()
}

/// The kind of a part, like `text/plain`.
fn kind(message: &Message<'_>, part: usize) -> String {
    let kind = message.parts[part].content_type().unwrap();
    format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
}

/// The bytes of a part, and its name.
fn file<'m>(message: &'m Message<'_>, part: usize) -> (Option<&'m str>, &'m [u8]) {
    let part = &message.parts[part];
    (part.attachment_name(), part.contents())
}

/// Bytes that no encoding for text would leave as they are.
fn binary(length: usize) -> Vec<u8> {
    (0..length)
        .map(|n| (n * n % 251) as u8)
        .chain(0..=255)
        .collect()
}

#[test]
fn the_plain_mail() {
    let post = Post::start(&[]);
    let sent = mailer()
        .args(["--server", post.address(), "--tls", "none"])
        .args(["--from", "王大锤 <abcdefg@126.com>"])
        .args(["--to", "老吴 <uvwxyz@qq.com>", "--to", "uvwxyz@126.com"])
        .args(["--subject", "示例代码实验邮件"])
        .args(["--text", "用Python发送邮件的示例代码."])
        .run();
    sent.assert_success();
    assert_eq!(
        sent.stdout_lines(),
        [
            "uvwxyz@qq.com: accepted: 250 2.0.0 Kept as 1.eml",
            "uvwxyz@126.com: accepted: 250 2.0.0 Kept as 1.eml"
        ]
    );
    assert!(sent.stderr.is_empty(), "{sent}");

    let bytes = post.only();
    let message = parse(&bytes);
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("王大锤"));
    assert_eq!(from.address(), Some("abcdefg@126.com"));
    let to: Vec<_> = message.to().unwrap().iter().collect();
    assert_eq!(
        (to[0].name(), to[0].address()),
        (Some("老吴"), Some("uvwxyz@qq.com"))
    );
    assert_eq!(
        (to[1].name(), to[1].address()),
        (None, Some("uvwxyz@126.com"))
    );
    assert_eq!(message.subject(), Some("示例代码实验邮件"));
    assert!(message.date().is_some() && message.message_id().unwrap().ends_with("@126.com"));
    assert_eq!(message.parts.len(), 1);
    assert_eq!(kind(&message, 0), "text/plain");
    assert_eq!(message.body_text(0).unwrap(), "用Python发送邮件的示例代码.");
}

#[test]
fn the_mail_with_a_picture_in_its_html() {
    let folder = temp_dir();
    let picture = binary(30_000);
    let html = "<h1>图片</h1><img src='cid:img01'/><p>结束</p>";
    let source = b"from smtplib import SMTP\nprint('\xe5\x9b\xbe')\n.\r\n..\n";
    fs::write(folder.path().join("iu.jpg"), &picture).unwrap();
    fs::write(folder.path().join("mail.html"), html).unwrap();
    fs::write(folder.path().join("text1_SMTP.py"), source).unwrap();
    let post = Post::start(&[]);
    post.mail()
        .dir(&folder)
        .args(["--html", "mail.html", "--inline", "img01=iu.jpg"])
        .args(["--attach", "text1_SMTP.py"])
        .run()
        .assert_success();

    let bytes = post.only();
    let message = parse(&bytes);
    let kinds: Vec<_> = (0..message.parts.len())
        .map(|part| kind(&message, part))
        .collect();
    assert_eq!(
        kinds[..4],
        [
            "multipart/mixed",
            "multipart/related",
            "text/html",
            "image/jpeg"
        ]
    );
    let PartType::Html(found) = &message.parts[2].body else {
        panic!("no HTML in {}", bytes.escape_ascii());
    };
    assert_eq!(found, html);
    assert_eq!(message.parts[3].content_id(), Some("img01"));
    assert!(message.parts[3].content_disposition().unwrap().is_inline());
    assert_eq!(file(&message, 3), (Some("iu.jpg"), picture.as_slice()));
    assert!(
        message.parts[4]
            .content_disposition()
            .unwrap()
            .is_attachment()
    );
    assert_eq!(
        file(&message, 4),
        (Some("text1_SMTP.py"), source.as_slice())
    );
    assert_eq!(message.parts.len(), 5);
}

#[test]
fn the_mail_with_several_attachments() {
    let folder = temp_dir();
    let sheet = binary(100_000);
    let hello = "hello, 世界\r\nand a bare LF\n.\nand a bare CR\r.\r\n";
    fs::write(folder.path().join("hello.txt"), hello).unwrap();
    fs::write(folder.path().join("汇总数据.xlsx"), &sheet).unwrap();
    fs::write(folder.path().join("空.bin"), "").unwrap();
    let post = Post::start(&[]);
    post.mail()
        .dir(&folder)
        .args(["--text", "附件中有本月数据请查收"])
        .args(["--attach", "hello.txt"])
        .arg("--attach")
        .arg(folder.path().join("汇总数据.xlsx"))
        .args(["--attach", "空.bin"])
        .run()
        .assert_success();

    let bytes = post.only();
    let message = parse(&bytes);
    assert_eq!(kind(&message, 0), "multipart/mixed");
    assert_eq!(message.body_text(0).unwrap(), "附件中有本月数据请查收");
    assert_eq!(file(&message, 2), (Some("hello.txt"), hello.as_bytes()));
    assert_eq!(file(&message, 3), (Some("汇总数据.xlsx"), sheet.as_slice()));
    assert_eq!(file(&message, 4), (Some("空.bin"), b"".as_slice()));
    assert_eq!(message.parts.len(), 5);
    // RFC 2231 for the true name, and an ASCII one for those who do not know that.
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains("filename*0*=utf-8''%E6%B1%87%E6%80%BB%E6%95%B0%E6%8D%AE.xlsx\r\n"));
    assert!(text.contains("name=\"_.xlsx\"\r\n"));
}

#[test]
fn text_and_html_are_alternatives_of_which_the_better_comes_last() {
    let folder = temp_dir();
    fs::write(folder.path().join("a.html"), "<p>better</p>").unwrap();
    let post = Post::start(&[]);
    post.mail()
        .dir(&folder)
        .args(["--text-file", "-", "--html", "a.html"])
        .stdin("plain\r\n\n")
        .run()
        .assert_success();
    let bytes = post.only();
    let message = parse(&bytes);
    let kinds: Vec<_> = (0..3).map(|part| kind(&message, part)).collect();
    assert_eq!(kinds, ["multipart/alternative", "text/plain", "text/html"]);
    assert_eq!(message.body_text(0).unwrap(), "plain\r\n\r\n");
    assert_eq!(message.body_html(0).unwrap(), "<p>better</p>");
}

#[test]
fn no_line_is_long_whatever_is_in_it() {
    let folder = temp_dir();
    let long = "x".repeat(200_000);
    fs::write(folder.path().join("a.html"), &long).unwrap();
    fs::write(folder.path().join(format!("{}.txt", "长".repeat(83))), "x").unwrap();
    let post = Post::start(&[]);
    let people: Vec<_> = (0..300)
        .flat_map(|n| {
            [
                "--cc".to_owned(),
                format!("Somebody Number {n} <somebody.{n}@example.org>"),
            ]
        })
        .collect();
    post.mail()
        .dir(&folder)
        .args(["--html", "a.html", "--text-file", "a.html"])
        .args(["--attach", &format!("{}.txt", "长".repeat(83))])
        .args(&people)
        .run()
        .assert_success();
    let bytes = post.only();
    for line in bytes.split(|&byte| byte == b'\n') {
        assert!(line.len() <= 120, "a line of {} bytes", line.len());
    }
    let message = parse(&bytes);
    assert_eq!(message.cc().unwrap().iter().count(), 300);
    assert_eq!(message.body_text(0).unwrap(), long);
    assert_eq!(message.body_html(0).unwrap(), long);
}

#[test]
fn who_gets_a_blind_copy_is_in_the_envelope_only() {
    let post = Post::start(&[]);
    let sent = post
        .mail()
        .args(["--text", "x", "--cc", "Copy <copy@example.org>"])
        .args([
            "--bcc",
            "Secret Friend <friend@example.org>",
            "--bcc",
            "c@d",
        ])
        .run();
    sent.assert_success();
    // Whoever is there twice gets it once.
    assert_eq!(sent.stdout_lines().len(), 3, "{sent}");
    assert!(sent.stdout_text().contains("friend@example.org: accepted"));
    let text = String::from_utf8(post.only()).unwrap();
    assert!(text.contains("Cc: Copy <copy@example.org>") || text.contains("copy@example.org"));
    for secret in ["friend", "Friend", "Bcc"] {
        assert!(!text.contains(secret), "{text}");
    }
    let log = crate::told::log_of(post.server).join("\n");
    assert!(
        log.contains("to <c@d>, <copy@example.org>, <friend@example.org>"),
        "{log}"
    );
}

#[test]
fn a_dry_run_writes_the_envelope_and_the_message_and_connects_to_nothing() {
    let (listener, address) = crate::wire::listener();
    listener.set_nonblocking(true).unwrap();
    for server in [&["--server", &address][..], &[]] {
        let run = mailer()
            .args(server)
            .args([
                "--user",
                "ann",
                "--dry-run",
                "--from",
                "王大锤 <a@b>",
                "--to",
                "c@d",
            ])
            .args(["--bcc", "e@f", "--subject", "你好", "--text", ".\nHello\n"])
            .env("MAILER_PASSWORD", "correct horse")
            .run();
        run.assert_success();
        assert!(run.stderr.is_empty(), "{run}");
        let stdout = run.stdout_text();
        let (envelope, message) = stdout.split_once("\n\n").unwrap();
        assert_eq!(envelope, "MAIL FROM:<a@b>\nRCPT TO:<c@d>\nRCPT TO:<e@f>");
        assert!(message.ends_with("\r\n\r\n.\r\nHello\r\n"), "{message}");
        let parsed = parse(message.as_bytes());
        assert_eq!(parsed.subject(), Some("你好"));
        assert!(!message.contains("e@f") && !message.contains("horse"));
    }
    let connected = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(connected, Err(std::io::ErrorKind::WouldBlock));
}

/// Files that come from elsewhere may have their names in GBK.
#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_name_is_no_utf_8_can_be_sent() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let post = Post::start(&[]);
    let folder = temp_dir();
    let name = OsStr::from_bytes(b"\xbb\xe3.xlsx");
    fs::write(folder.path().join(name), "x").unwrap();
    let sent = post.mail().dir(&folder).arg("--attach").arg(name).run();
    sent.assert_success();
    let raw = post.only();
    let message = MessageParser::default().parse(&raw).unwrap();
    let file = message.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("\u{fffd}\u{fffd}.xlsx"));
    assert_eq!(file.contents(), b"x");
}
