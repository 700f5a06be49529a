//! What a client says.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// EHLO, or `false` for HELO.
    Hello(bool),
    /// STARTTLS
    StartTls,
    /// AUTH, how, and what came with it.
    Auth(String, Option<String>),
    /// MAIL FROM, and the size that was announced.
    Mail(String, Option<u64>),
    /// RCPT TO
    Rcpt(String),
    /// DATA
    Data,
    /// RSET
    Reset,
    /// NOOP
    Noop,
    /// VRFY
    Verify,
    /// QUIT
    Quit,
    /// Something else.
    Unknown,
    /// One of these, but not as it should be.
    Malformed,
}

impl Command {
    /// Reads a line. Capitals do not matter.
    pub fn read(line: &str) -> Command {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" if rest.is_empty() => Command::Malformed,
            "EHLO" => Command::Hello(true),
            "HELO" => Command::Hello(false),
            "STARTTLS" => Command::StartTls,
            "AUTH" => {
                let mut words = rest.split_whitespace();
                let how = words.next().unwrap_or_default().to_ascii_uppercase();
                Command::Auth(how, words.next().map(str::to_owned))
            }
            "MAIL" => match path(rest, "FROM:") {
                Some((from, parameters)) => Command::Mail(from.to_owned(), size(parameters)),
                None => Command::Malformed,
            },
            "RCPT" => match path(rest, "TO:") {
                Some((to, _)) if !to.is_empty() => Command::Rcpt(to.to_owned()),
                _ => Command::Malformed,
            },
            "DATA" => Command::Data,
            "RSET" => Command::Reset,
            "NOOP" => Command::Noop,
            "VRFY" => Command::Verify,
            "QUIT" => Command::Quit,
            _ => Command::Unknown,
        }
    }
}

/// What stands in brackets behind `FROM:` or `TO:`, and what follows it. A quoted local part may
/// have a bracket in it.
fn path<'a>(text: &'a str, before: &str) -> Option<(&'a str, &'a str)> {
    let head = text.get(..before.len())?;
    if !head.eq_ignore_ascii_case(before) {
        return None;
    }
    let inner = text[before.len()..].trim_start().strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some((&inner[..at], &inner[at + 1..])),
            _ => {}
        }
    }
    None
}

fn size(parameters: &str) -> Option<u64> {
    let mut pairs = parameters
        .split_whitespace()
        .filter_map(|p| p.split_once('='));
    let (_, size) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("SIZE"))?;
    size.parse().ok()
}

/// User and password, as PLAIN has them: somebody to act for, user, password, a NUL between them.
///
/// # Errors
/// It is something else.
pub fn plain(encoded: &str) -> anyhow::Result<(String, String)> {
    let text = decoded(encoded)?;
    let parts: Vec<_> = text.split('\0').collect();
    match parts.as_slice() {
        [_, user, password] => Ok(((*user).to_owned(), (*password).to_owned())),
        _ => anyhow::bail!("not a user and a password"),
    }
}

/// What base64 stands for; a single equals sign is nothing at all.
///
/// # Errors
/// It is no base64, or no text.
pub fn decoded(encoded: &str) -> anyhow::Result<String> {
    let encoded = if encoded == "=" { "" } else { encoded };
    let bytes = STANDARD.decode(encoded).context("not base64")?;
    String::from_utf8(bytes).context("not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_say() {
        use Command::*;
        for (line, command) in [
            ("EHLO [127.0.0.1]", Hello(true)),
            ("helo x", Hello(false)),
            ("EHLO", Malformed),
            ("mail FROM:<a@b> size=123", Mail("a@b".into(), Some(123))),
            ("MAIL FROM: <a@b> BODY=8BITMIME", Mail("a@b".into(), None)),
            ("MAIL FROM:<>", Mail(String::new(), None)),
            (r#"RCPT TO:<"a>b"@c>"#, Rcpt(r#""a>b"@c"#.into())),
            ("RCPT TO:<>", Malformed),
            ("RCPT TO:a@b", Malformed),
            ("RCPT 图", Malformed),
            ("AUTH plain AGE=", Auth("PLAIN".into(), Some("AGE=".into()))),
            ("AUTH", Auth(String::new(), None)),
            ("DATA", Data),
            ("", Unknown),
            ("GET / HTTP/1.1", Unknown),
        ] {
            assert_eq!(Command::read(line), command, "{line}");
        }
    }

    #[test]
    fn reads_passwords() {
        let (user, password) = plain("AGFubgBzZWNyZXQ=").unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("ann", "secret"));
        assert!(plain("YW5u").is_err() && plain("!").is_err());
        assert_eq!(decoded("=").unwrap(), "");
    }
}
