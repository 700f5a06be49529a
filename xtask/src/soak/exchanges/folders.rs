//! Mail and files: the stand-ins for SMTP and FTP.

use std::fs;
use std::net::SocketAddr;

use anyhow::{Context, Result};

use super::super::standing::Standing;
use super::super::talk::{Talk, check};
use super::{client, run};

/// The folder in which mail is kept, and the one that is served by FTP.
pub(in crate::soak) const MAIL: &str = "mail";
pub(in crate::soak) const SHARED: &str = "shared";

/// A file there.
pub(in crate::soak) const FILE: &str = "file.bin";

/// What clients say first.
pub(in crate::soak) const EHLO: &[u8] = b"EHLO soak\r\n";
pub(in crate::soak) const USER: &[u8] = b"USER anonymous\r\n";

/// A message, which is then looked at as it was kept, and removed: a soak may send many.
pub(in crate::soak) fn mail(standing: &Standing<'_>, number: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    talk.line_with("220 ")?;
    talk.say(EHLO)?;
    talk.line_with("250 ")?;
    let message = format!("Subject: {number}\r\n\r\n.A dot, and a number: {number}\r\n");
    for command in ["MAIL FROM:<a@soak>", "RCPT TO:<b@soak>"] {
        talk.say(format!("{command}\r\n"))?;
        talk.line_with("250 ")?;
    }
    talk.say("DATA\r\n")?;
    talk.line_with("354 ")?;
    talk.say(format!("{}.\r\n", message.replace("\r\n.", "\r\n..")))?;
    let kept = talk.line_with("250 ")?;
    let name = kept.rsplit(' ').next().unwrap_or_default();
    let path = standing.path(MAIL).join(name);
    let found = fs::read(&path).with_context(|| format!("expected a kept message: {kept}"))?;
    fs::remove_file(&path)?;
    talk.say("QUIT\r\n")?;
    talk.line_with("221 ")?;
    check("the end", b"", &talk.rest()?)?;
    check("the message", message.as_bytes(), &found)
}

pub(in crate::soak) fn mailer(standing: &Standing<'_>, number: u64) -> Result<()> {
    let subject = format!("run {number}");
    let server = standing.address().to_string();
    let client = client(standing, "mailer").args(["--server", &server, "--tls", "none"]);
    let client = client.args(["--from", "a@soak", "--to", "b@soak"]);
    run(client.args(["--subject", &subject, "--text", "Hi"])).map(drop)
}

/// A download, in passive mode.
pub(in crate::soak) fn file(standing: &Standing<'_>, _: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    talk.line_with("220 ")?;
    let steps = [("USER anonymous", "331 "), ("PASS a@soak", "230 ")];
    for (command, reply) in steps.into_iter().chain([("TYPE I", "200 ")]) {
        talk.say(format!("{command}\r\n"))?;
        talk.line_with(reply)?;
    }
    talk.say("EPSV\r\n")?;
    let reply = talk.line_with("229 ")?;
    let port = reply.split('|').nth(3).and_then(|port| port.parse().ok());
    let port: u16 = port.with_context(|| format!("expected a port, found {reply}"))?;
    let data = SocketAddr::new(standing.address().ip(), port);
    let mut data = Talk::with(data)?;
    talk.say(format!("RETR {FILE}\r\n"))?;
    talk.line_with("150 ")?;
    let found = data.rest()?;
    talk.line_with("226 ")?;
    talk.say("QUIT\r\n")?;
    talk.line_with("221 ")?;
    let file = fs::read(standing.path(SHARED).join(FILE))?;
    check("the file", &file, &found)
}

pub(in crate::soak) fn ftp_updown(standing: &Standing<'_>, _: u64) -> Result<()> {
    let into = harness::temp_dir();
    let url = format!("ftp://{}/", standing.address());
    let client = client(standing, "ftp-updown").args([&url, "get", FILE]);
    run(client.arg("-o").arg(into.path()))?;
    let file = fs::read(standing.path(SHARED).join(FILE))?;
    check("the file", &file, &fs::read(into.path().join(FILE))?)
}
