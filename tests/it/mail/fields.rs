//! Nobody gets a field, a command or a recipient of their own into a mail by a line end.

use super::{Post, mailer};
use crate::told::error_of;
use harness::Launch;

fn mail(flags: &[&str]) -> Launch {
    let usual = [
        ("--from", "a@b"),
        ("--to", "c@d"),
        ("--subject", "Hi"),
        ("--text", "Hello"),
    ];
    let mut launch = mailer().args(["--server", "127.0.0.1:1", "--dry-run"]);
    for (flag, value) in usual {
        if !flags.contains(&flag) {
            launch = launch.args([flag, value]);
        }
    }
    launch.args(flags)
}

#[test]
fn a_line_end_is_refused_wherever_it_is() {
    for end in ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\0"] {
        if end == "\0" {
            continue; // No argument can have one.
        }
        for (flag, value) in [
            ("--subject", format!("Hi{end}Bcc: evil@example.org")),
            ("--subject", format!("Hi{end}{end}body")),
            ("--subject", format!("Hi{end}")),
            ("--from", format!("Ann{end}Bcc: evil@example.org <a@b>")),
            ("--from", format!("Ann <a@b{end}>")),
            ("--from", format!("\"Ann\\{end}Bcc: x\" <a@b>")),
            ("--to", format!("a@b>{end}RCPT TO:<evil@example.org")),
            ("--to", format!("\"a{end}b\"@c")),
            ("--cc", format!("c@d{end}DATA")),
            ("--bcc", format!("c@d{end}DATA")),
            ("--user", format!("ann{end}MAIL FROM:<x@y>")),
            ("--attach", format!("dir/a{end}Content-Type: html.txt")),
            ("--inline", format!("img01=a{end}X: y.png")),
            ("--inline", format!("img01>{end}X: y=a.png")),
        ] {
            let html: &[&str] = if flag == "--inline" {
                &["--html", "a.html"]
            } else {
                &[]
            };
            let output = mail(&[&[flag, &value], html].concat()).run();
            let message = error_of("mailer", &output, 2);
            assert!(message.contains(flag), "{message}");
        }
    }
}

#[test]
fn an_address_cannot_end_its_command() {
    for address in [
        "a@b> SIZE=1",
        "a@b>,<c@d",
        "<a@b> x",
        "a b@c",
        "a@b c",
        "@b",
        "a@",
        "",
    ] {
        for flag in ["--from", "--to", "--cc", "--bcc"] {
            let output = mail(&[flag, address]).run();
            error_of("mailer", &output, 2);
        }
    }
}

#[test]
fn what_looks_like_a_field_is_only_text() {
    let post = Post::start(&[]);
    post.mail()
        .args(["--text", "Bcc: evil@example.org\n\n.\nQUIT\n"])
        .args(["--cc", "Bcc: evil <e@f>"])
        .run()
        .assert_success();
    let text = String::from_utf8(post.only()).unwrap();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(!header.contains("\r\nBcc"), "{header}");
    assert_eq!(body, "Bcc: evil@example.org\r\n\r\n.\r\nQUIT\r\n");
}

#[test]
fn the_command_line_of_an_odd_address_is_one_line() {
    let post = Post::start(&[]);
    let odd = r#""a>b \" c"@example.org"#;
    let sent = post.mail().args(["--text", "x", "--bcc", odd]).run();
    sent.assert_success();
    let log = crate::told::log_of(post.server).join("\n");
    assert!(log.contains(&format!("to <c@d>, <{odd}>")), "{log}");
}
