use mail_parser::{MessageParser, MimeHeaders};

use super::*;

fn letter() -> Letter {
    Letter {
        from: "王大锤 <abcdefg@126.com>".parse().unwrap(),
        to: vec!["uvwxyz@qq.com".parse().unwrap()],
        cc: Vec::new(),
        subject: "示例代码实验邮件".to_owned(),
        text: None,
        html: None,
        inline: Vec::new(),
        attached: Vec::new(),
    }
}

fn file(name: &str, bytes: &[u8]) -> FileContent {
    let bytes = bytes.to_owned();
    FileContent {
        name: name.to_owned(),
        bytes,
    }
}

/// The kinds of all parts, in order; every line is short and ends with CR LF.
fn kinds(message: &[u8]) -> Vec<String> {
    assert!(message.is_ascii() && message.ends_with(b"\r\n"));
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        assert!(line.ends_with(b"\r\n") && line.len() <= 100);
        assert!(!line[..line.len() - 2].contains(&b'\r'));
    }
    let parsed = MessageParser::default().parse(message).unwrap();
    let kind = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
    };
    parsed.parts.iter().map(kind).collect()
}

#[test]
fn a_box_of_parts_that_belong_together_says_what_the_first_one_is() {
    let message = Letter {
        html: Some("<img src='cid:a'>".to_owned()),
        inline: vec![("a".to_owned(), file("a.png", b"\x89PNG"))],
        ..letter()
    };
    let message = message.into_message();
    let parsed = MessageParser::default().parse(&message).unwrap();
    let kind = parsed.parts[0].content_type().unwrap();
    assert_eq!(kind.attribute("type"), Some("text/html"));
}

#[test]
fn boxes_only_where_there_are_two_things_to_put_into_them() {
    let text = || Some("text".to_owned());
    let html = || Some("<img src='cid:a'>".to_owned());
    let picture = || vec![("a".to_owned(), file("a.png", b"\x89PNG"))];
    let attached = || vec![file("a.pdf", b"%PDF")];
    for (letter, expected) in [
        (
            Letter {
                text: text(),
                ..letter()
            },
            vec!["text/plain"],
        ),
        (
            Letter {
                html: html(),
                ..letter()
            },
            vec!["text/html"],
        ),
        (
            Letter {
                text: text(),
                html: html(),
                ..letter()
            },
            vec!["multipart/alternative", "text/plain", "text/html"],
        ),
        (
            Letter {
                html: html(),
                inline: picture(),
                ..letter()
            },
            vec!["multipart/related", "text/html", "image/png"],
        ),
        (
            Letter {
                attached: attached(),
                ..letter()
            },
            vec!["multipart/mixed", "application/pdf"],
        ),
        (
            Letter {
                text: text(),
                html: html(),
                inline: picture(),
                attached: attached(),
                ..letter()
            },
            vec![
                "multipart/mixed",
                "multipart/alternative",
                "text/plain",
                "multipart/related",
                "text/html",
                "image/png",
                "application/pdf",
            ],
        ),
    ] {
        assert_eq!(kinds(&letter.into_message()), expected);
    }
}

#[test]
fn a_message_has_what_it_needs_and_no_more() {
    let message = Letter {
        text: Some("x".into()),
        to: Vec::new(),
        ..letter()
    };
    let message = String::from_utf8(message.into_message()).unwrap();
    let (header, _) = message.split_once("\r\n\r\n").unwrap();
    let names: Vec<_> = header
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    assert_eq!(names, expected, "{header}");
    assert!(header.contains("\r\nTo: undisclosed-recipients:;\r\n"));
    assert!(header.contains("@126.com>\r\n"));
}
