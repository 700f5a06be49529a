//! The tutorials' own programs, unchanged but for the address, against `demo-peers
//! smtp`; and what Python makes of `mailer`'s messages. Where there is no Python, a test says so.

use std::fs;

use super::Post;
use crate::wire::skip;
use harness::{Launch, Output, temp_dir};
use mail_parser::{MessageParser, MimeHeaders};

const PLAIN: &str = r#"
from smtplib import SMTP
from email.header import Header
from email.mime.text import MIMEText
import sys


def main():
    sender = 'abcdefg@126.com'
    receivers = ['uvwxyz@qq.com', 'uvwxyz@126.com']
    message = MIMEText('用Python发送邮件的示例代码.', 'plain', 'utf-8')
    message['From'] = Header('王大锤', 'utf-8')
    message['To'] = Header('老吴', 'utf-8')
    message['Subject'] = Header('示例代码实验邮件', 'utf-8')
    smtper = SMTP('127.0.0.1', int(sys.argv[1]))
    smtper.login(sender, 'secretpass')
    smtper.sendmail(sender, receivers, message.as_string())
    print('邮件发送完成!')


if __name__ == '__main__':
    main()
"#;

const WITH_PICTURE: &str = r#"
import sys
from smtplib import SMTP
from email.mime.text import MIMEText
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
smtp = SMTP('127.0.0.1', int(sys.argv[1]))
useemail = "abcdefg@126.com"
smtp.login(useemail, "secretpass")
sendtest = MIMEMultipart()
sendtest["from"] = useemail
sendtest["to"] = "13290901690@163.com"
sendtest["subject"] = "测试邮件"
with open("iu.jpg", "rb") as f:
    img = MIMEImage(f.read())
img.add_header("Content-ID", "img01")
sendtest.attach(img)
html = MIMEText("<h1>图片</h1><img src='cid:img01'/><p>结束</p>", "html")
sendtest.attach(html)
fileoc = open("text1_SMTP.py", "rb")
msgfile = MIMEText(fileoc.read(), "base64", "utf8")
fileoc.close()
msgfile["Content-Disposition"] = 'attachment; filename = "text1_SMTP.py"'
sendtest.attach(msgfile)
smtp.sendmail(useemail, ["13290901690@163.com", "1542242578@.com"], sendtest.as_string())
smtp.quit()
"#;

const WITH_ATTACHMENTS: &str = r#"
import sys
from smtplib import SMTP
from email.header import Header
from email.mime.text import MIMEText
from email.mime.multipart import MIMEMultipart
message = MIMEMultipart()
text_content = MIMEText('附件中有本月数据请查收', 'plain', 'utf-8')
message['Subject'] = Header('本月数据', 'utf-8')
message.attach(text_content)
with open('hello.txt', 'rb') as f:
    txt = MIMEText(f.read(), 'base64', 'utf-8')
    txt['Content-Type'] = 'text/plain'
    txt['Content-Disposition'] = 'attachment; filename=hello.txt'
    message.attach(txt)
with open('汇总数据.xlsx', 'rb') as f:
    xls = MIMEText(f.read(), 'base64', 'utf-8')
    xls['Content-Type'] = 'application/vnd.ms-excel'
    xls['Content-Disposition'] = 'attachment; filename=month-data.xlsx'
    message.attach(xls)
smtper = SMTP('127.0.0.1', int(sys.argv[1]))
sender = 'abcdefg@126.com'
receivers = ['uvwxyz@qq.com']
smtper.login(sender, 'secretpass')
smtper.sendmail(sender, receivers, message.as_string())
smtper.quit()
print('发送完成!')
"#;

/// Prints each part's kind, name and bytes, by Python's own parser.
const READ: &str = r#"
import email, sys
message = email.message_from_binary_file(open(sys.argv[1], 'rb'))
for part in message.walk():
    if not part.is_multipart():
        print(part.get_content_type(), part.get_filename(), part.get_payload(decode=True).hex())
print(email.header.make_header(email.header.decode_header(message['Subject'])))
"#;

fn has_python() -> bool {
    let has = Launch::command("python3")
        .arg("--version")
        .try_run()
        .is_ok_and(|run| run.success());
    if !has {
        skip("no python3 here");
    }
    has
}

fn python(program: &str) -> Launch {
    Launch::command("python3")
        .args(["-c", program])
        .env("PYTHONIOENCODING", "utf-8")
}

fn post(flags: &[&str]) -> Post {
    Post::by(|launch| {
        let launch = launch.args(["--user", "abcdefg@126.com", "--password-file", "-"]);
        launch.args(flags).stdin("secretpass\n")
    })
}

/// Runs a tutorial's program, with the files that it sends.
fn run(program: &str, post: &Post) -> Output {
    let folder = temp_dir();
    fs::write(
        folder.path().join("iu.jpg"),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0 a picture",
    )
    .unwrap();
    fs::write(folder.path().join("text1_SMTP.py"), "print('图')\n").unwrap();
    fs::write(folder.path().join("hello.txt"), "hello\n").unwrap();
    fs::write(folder.path().join("汇总数据.xlsx"), "sheet").unwrap();
    let port = post.server.socket_addr().port();
    let output = python(program).arg(port.to_string()).dir(&folder).run();
    output.assert_success();
    output
}

#[test]
fn the_plain_program() {
    if !has_python() {
        return;
    }
    for mechanism in ["plain", "login"] {
        let post = post(&["--auth", mechanism]);
        assert_eq!(run(PLAIN, &post).stdout_lines(), ["邮件发送完成!"]);
        let bytes = post.only();
        let message = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(message.subject(), Some("示例代码实验邮件"));
        assert_eq!(
            message.body_text(0).unwrap().trim_end(),
            "用Python发送邮件的示例代码."
        );
        let log = crate::told::log_of(post.server).join("\n");
        assert!(
            log.contains("to <uvwxyz@qq.com>, <uvwxyz@126.com>"),
            "{log}"
        );
        assert!(!log.contains("secretpass"), "{log}");
    }
}

#[test]
fn a_server_without_a_user_takes_any_login() {
    if !has_python() {
        return;
    }
    let post = Post::start(&[]);
    assert_eq!(run(PLAIN, &post).stdout_lines(), ["邮件发送完成!"]);
    post.only();
}

#[test]
fn the_programs_with_a_picture_and_with_attachments() {
    if !has_python() {
        return;
    }
    for (program, subject, name) in [
        (WITH_PICTURE, "测试邮件", "text1_SMTP.py"),
        (WITH_ATTACHMENTS, "本月数据", "month-data.xlsx"),
    ] {
        let post = post(&[]);
        run(program, &post);
        let bytes = post.only();
        let message = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(message.subject(), Some(subject));
        let last = message.parts.last().unwrap();
        assert_eq!(last.attachment_name(), Some(name));
    }
}

#[test]
fn python_reads_what_mailer_writes() {
    if !has_python() {
        return;
    }
    let folder = temp_dir();
    let every_byte: Vec<u8> = (0..=255).collect();
    fs::write(folder.path().join("汇总数据.xlsx"), &every_byte).unwrap();
    fs::write(folder.path().join("a.html"), "<img src='cid:a'>").unwrap();
    fs::write(folder.path().join("a.png"), &every_byte).unwrap();
    let post = Post::start(&[]);
    post.mail()
        .dir(&folder)
        .args(["--text", "你好", "--html", "a.html", "--inline", "a=a.png"])
        .args(["--attach", "汇总数据.xlsx"])
        .run()
        .assert_success();
    post.only();
    let read = python(READ).arg(post.path("mail/1.eml")).run();
    read.assert_success();
    let hex: String = every_byte
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let html: String = "<img src='cid:a'>"
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(
        read.stdout_lines(),
        [
            "text/plain None e4bda0e5a5bd".to_owned(),
            format!("text/html None {html}"),
            format!("image/png a.png {hex}"),
            format!("{sheet} 汇总数据.xlsx {hex}"),
            "Hi".to_owned(),
        ]
    );
}
