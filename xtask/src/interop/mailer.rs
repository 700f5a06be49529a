//! mailer against Exim. What Exim has stored is read by Python's `email`, and compared.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use harness::{Launch, noise};
use serde_json::Value;
use tempfile::TempDir;

use super::ours::{ends, holds, until};
use crate::servers::{Certificate, Running, Tls, Tool, exim};

/// A text in which SMTP would see its own end, were the dots not doubled.
const DOTS: &str = "第一行\n.\n..\n. \n.点\nFrom here on\n.\r\n\nlast\n.\n";

/// A message that was stored: what Python sees in it.
struct Stored {
    /// Whom it was stored for.
    to: String,
    seen: Value,
    parts: Vec<Part>,
}

/// A part of a message, its text without the carriage returns of the wire.
struct Part {
    seen: Value,
    content: PathBuf,
}

impl Stored {
    fn field(&self, name: &str) -> String {
        let values = self.seen["fields"][name].as_array();
        let texts = values.into_iter().flatten().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join(" | ")
    }

    fn has(&self, name: &str, text: &str) -> Result<()> {
        let found = self.field(name);
        ensure!(found == text, "expected {name}: {text}, found {found:?}");
        Ok(())
    }

    /// Checks a text: its type and what it says.
    fn says(&self, at: usize, kind: &str, text: &str) -> Result<()> {
        let part = self.part(at, kind)?;
        let found = fs::read_to_string(&part.content).context("cannot read a part")?;
        // The ends of lines are the system's where a message is read.
        let plain = |text: &str| text.replace("\r\n", "\n");
        ensure!(
            plain(&found) == plain(text),
            "expected the text {text:?}, found {found:?}"
        );
        Ok(())
    }

    /// Checks a file: its name, and every byte.
    fn carries(&self, at: usize, kind: &str, name: &str, bytes: &[u8]) -> Result<()> {
        let part = self.part(at, kind)?;
        let found = part.seen["name"].as_str();
        ensure!(
            found == Some(name),
            "expected the name {name:?}: {}",
            part.seen
        );
        holds(&part.content, bytes)
    }

    fn part(&self, at: usize, kind: &str) -> Result<&Part> {
        let part = self.parts.get(at);
        let part = part.with_context(|| format!("there is no part {at}: {}", self.seen))?;
        ensure!(
            part.seen["type"].as_str() == Some(kind),
            "expected {kind} as part {at}: {}",
            self.seen
        );
        Ok(part)
    }
}

/// The tutorials' three mails, encrypted and not, with everything that is hard to send.
pub(super) fn mails() -> Result<String> {
    let certificate = Certificate::new()?;
    let mut count = 0;
    for tls in [
        Tls::None,
        Tls::Explicit(&certificate),
        Tls::Implicit(&certificate),
    ] {
        count += three_mails(tls)?;
    }
    Ok(format!(
        "{count} stored messages in clear text, by STARTTLS and by implicit TLS; all parts alike"
    ))
}

fn three_mails(tls: Tls<'_>) -> Result<usize> {
    let post = Post::open(tls)?;
    let folder = harness::temp_dir();
    let file = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };

    let people = [
        "--from",
        "王大锤 <rose@example.org>",
        "--to",
        "老吴 <wu@example.org>",
    ];
    let text = post
        .mailer()
        .args(people)
        .args(["--subject", "示例代码实验邮件", "--text", DOTS]);
    ends(text, 0)?;
    let stored = post.stored(1)?;
    let message = &stored[0];
    message.has("from", "王大锤 <rose@example.org>")?;
    message.has("to", "老吴 <wu@example.org>")?;
    message.has("subject", "示例代码实验邮件")?;
    message.has("return-path", "<rose@example.org>")?;
    message.says(0, "text/plain", DOTS)?;

    let hello = b".\r\nhello\n..\n\r.\r\n";
    let sheet = noise(200_000, 2);
    let attached = post
        .mailer()
        .args(people)
        .args(["--cc", "Li <li@example.org>", "--bcc", "secret@example.org"])
        .args([
            "--subject",
            "本月数据",
            "--text",
            "附件中有本月数据请查收\n",
            "--attach",
        ])
        .arg(file("hello.txt", hello)?)
        .arg("--attach")
        .arg(file("汇总数据.xlsx", &sheet)?);
    ends(attached, 0)?;
    let stored = post.stored(3)?;
    let to: Vec<_> = stored.iter().map(|stored| stored.to.as_str()).collect();
    let all = ["li@example.org", "secret@example.org", "wu@example.org"];
    ensure!(
        to == all,
        "expected a copy for each of {all:?}, found {to:?}"
    );
    for message in &stored {
        ensure!(
            message.field("bcc").is_empty(),
            "Bcc is in it: {}",
            message.seen
        );
        message.has("cc", "Li <li@example.org>")?;
        message.says(0, "text/plain", "附件中有本月数据请查收\n")?;
        message.carries(1, "text/plain", "hello.txt", hello)?;
        message.carries(2, SHEET, "汇总数据.xlsx", &sheet)?;
    }

    let picture = noise(50_000, 3);
    let html = "<h1>图片</h1><img src='cid:img01'/><p>结束</p>\n";
    let program = b"from smtplib import SMTP\n.\nprint('\xe4\xbd\xa0\xe5\xa5\xbd')\n";
    let mut inline = std::ffi::OsString::from("img01=");
    inline.push(file("iu.jpg", &picture)?);
    let shown = post
        .mailer()
        .args(people)
        .args(["--subject", "测试邮件", "--html"])
        .arg(file("page.html", html.as_bytes())?)
        .arg("--inline")
        .arg(inline)
        .arg("--attach")
        .arg(file("text1_SMTP.py", program)?);
    ends(shown, 0)?;
    let stored = post.stored(1)?;
    let message = &stored[0];
    message.says(0, "text/html", html)?;
    message.carries(1, "image/jpeg", "iu.jpg", &picture)?;
    let cid = message.parts[1].seen["cid"].as_str();
    ensure!(cid == Some("<img01>"), "expected <img01>: {}", message.seen);
    holds(&message.parts[2].content, program)?;
    Ok(5)
}

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Who is refused, and what becomes of the others.
pub(super) fn refusals() -> Result<String> {
    let certificate = Certificate::new()?;
    let post = Post::open(Tls::Explicit(&certificate))?;
    let mail = |to: &[&str]| {
        let mailer = post
            .mailer()
            .args(["--from", "rose@example.org", "--subject", "s"]);
        let mailer = mailer.args(["--text", "t\n"]);
        to.iter()
            .fold(mailer, |mailer, to| mailer.args(["--to", to]))
    };
    let all = ["wu@example.org", "later@example.org", "never@example.org"];
    ends(mail(&all[..2]), 75)?;
    let some = ends(mail(&all), 1)?;
    for person in all {
        let told = some.stdout_text().contains(person);
        ensure!(told, "expected the fate of {person} on stdout of {some}");
    }
    let stored = post.stored(2)?;
    ensure!(stored.iter().all(|stored| stored.to == "wu@example.org"));

    let short = [
        "--from",
        "rose@example.org",
        "--to",
        "wu@example.org",
        "--subject",
        "s",
        "--text",
        "t",
    ];
    let wrong = post.mailer_as(exim::USER, "open").args(short);
    let wrong = ends(wrong, 1)?;
    ensure!(
        !wrong.stderr_text().contains("open\n"),
        "it shows the password: {wrong}"
    );

    // Not without encryption, where it was not said to do without.
    let plain = Post::open(Tls::None)?;
    let downgraded = plain.to(Launch::program("mailer")).args(short);
    ends(downgraded, 1)?;
    ensure!(
        plain.new_files()?.is_empty(),
        "a mail was sent in clear text"
    );
    Ok(
        "later: 75, never: 1, the others get theirs; a wrong password and no TLS: refused"
            .to_owned(),
    )
}

/// A mail server, and how to send to it.
struct Post<'a> {
    server: Running,
    tls: Tls<'a>,
    read: TempDir,
}

impl<'a> Post<'a> {
    fn open(tls: Tls<'a>) -> Result<Post<'a>> {
        Ok(Post {
            server: exim(tls)?,
            tls,
            read: harness::temp_dir(),
        })
    }

    /// mailer, logged in.
    fn mailer(&self) -> Launch {
        self.mailer_as(exim::USER, exim::PASSWORD)
    }

    fn mailer_as(&self, user: &str, password: &str) -> Launch {
        let mailer = self.to(Launch::program("mailer")).args(match self.tls {
            Tls::None => ["--tls", "none"],
            Tls::Explicit(_) => ["--tls", "starttls"],
            Tls::Implicit(_) => ["--tls", "implicit"],
        });
        let mailer = mailer.args(["--user", user, "--password-file", "-"]);
        let mailer = mailer.stdin(format!("{password}\n"));
        match self.tls.certificate() {
            None => mailer,
            Some(certificate) => mailer.arg("--ca-file").arg(certificate.authority()),
        }
    }

    fn to(&self, mailer: Launch) -> Launch {
        let server = format!("localhost:{}", self.server.address().port());
        mailer.args(["--server", &server])
    }

    fn new_files(&self) -> Result<Vec<PathBuf>> {
        let Ok(folder) = fs::read_dir(self.server.files().join("new")) else {
            // Exim makes it for the first message.
            return Ok(Vec::new());
        };
        folder.map(|entry| Ok(entry?.path())).collect()
    }

    /// Waits for that many messages, and takes them away; in the order of those they are for.
    fn stored(&self, count: usize) -> Result<Vec<Stored>> {
        until(&format!("{count} stored messages"), || {
            Ok((self.new_files()?.len() >= count).then_some(()))
        })?;
        let files = self.new_files()?;
        ensure!(
            files.len() == count,
            "expected {count} messages, found {}",
            files.len()
        );
        let python = Tool::PYTHON
            .launch()
            .arg("-")
            .arg(self.read.path())
            .args(&files);
        let output = ends(python.stdin(include_str!("stored.py")), 0)?;
        let mut stored = Vec::new();
        for line in output.stdout_lines() {
            stored.push(read(&line)?);
        }
        for file in &files {
            fs::remove_file(file).context("cannot remove a message")?;
        }
        stored.sort_by(|one, other| one.to.cmp(&other.to));
        Ok(stored)
    }
}

fn read(line: &str) -> Result<Stored> {
    let seen: Value = serde_json::from_str(line).context("cannot read what Python has seen")?;
    let defects = seen["defects"].as_array();
    ensure!(defects.is_some_and(Vec::is_empty), "it has defects: {seen}");
    // RFC 5322: 998 and the end of the line.
    let longest = seen["longest_line"].as_u64();
    ensure!(
        longest.is_some_and(|longest| longest <= 998),
        "a long line: {seen}"
    );
    let parts = seen["parts"].as_array().cloned().unwrap_or_default();
    let part = |seen: Value| Part {
        content: seen["content"].as_str().unwrap_or_default().into(),
        seen,
    };
    let parts = parts.into_iter().map(part).collect();
    let mut stored = Stored {
        to: String::new(),
        seen,
        parts,
    };
    stored.to = stored.field("envelope-to");
    Ok(stored)
}
