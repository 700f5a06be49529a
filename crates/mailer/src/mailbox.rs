//! Who writes and who is written to: `a@b`, `Name <a@b>`.

use std::fmt;
use std::str::FromStr;

use common::printable::printable;
use lettre::Address;

use crate::field::{FieldError, check_line};

/// The longest display name, in bytes.
pub const MAX_NAME: usize = 256;

/// A person, or whatever has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// What readers see.
    pub name: Option<String>,
    /// Where mail goes. Its domain is in ASCII.
    pub address: Address,
}

/// Why a text is not a mailbox.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// See [`FieldError`].
    #[error(transparent)]
    Field(#[from] FieldError),
    /// An opening bracket without its closing one, or with something behind that.
    #[error("the address behind the name has to stand in brackets: Name <a@b>")]
    Brackets,
    /// Two mailboxes, or a name that looks like another address.
    #[error("write one address, and the flag once for each; a name with @ in it has to be quoted")]
    Several,
    /// The name is too long.
    #[error("the name is longer than {MAX_NAME} bytes")]
    LongName,
    /// No address.
    #[error("{0} is not an address like a@b")]
    BadAddress(String),
}

impl FromStr for Mailbox {
    type Err = MailboxError;

    /// A name may have any characters that are seen, with or without quotes: there is only one
    /// mailbox in the text, so a comma or a bracket in the name can be told from those that part
    /// mailboxes.
    fn from_str(text: &str) -> Result<Self, MailboxError> {
        check_line(text)?;
        let text = text.trim();
        let Some((name, address)) = text.rsplit_once('<') else {
            let address = read_address(text)?;
            return Ok(Mailbox {
                name: None,
                address,
            });
        };
        let address = address.strip_suffix('>').ok_or(MailboxError::Brackets)?;
        let name = match unquoted(name.trim()) {
            Some(name) => name,
            None if name.contains(['@', '<', '>']) => return Err(MailboxError::Several),
            None => name.trim().to_owned(),
        };
        if name.len() > MAX_NAME {
            return Err(MailboxError::LongName);
        }
        Ok(Mailbox {
            name: Some(name).filter(|name| !name.is_empty()),
            address: read_address(address)?,
        })
    }
}

/// What stands between quotes, a backslash before a character taken for that character.
fn unquoted(name: &str) -> Option<String> {
    let inner = name.strip_prefix('"')?.strip_suffix('"')?;
    let mut chars = inner.chars();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => chars.next()?,
            '"' => return None,
            c => c,
        });
    }
    Some(text)
}

/// A domain in another script is written in its ASCII form (RFC 5890), which every server takes.
fn read_address(text: &str) -> Result<Address, MailboxError> {
    let bad = || MailboxError::BadAddress(printable(text).to_string());
    let (user, domain) = text.trim().rsplit_once('@').ok_or_else(bad)?;
    let domain = match domain.is_ascii() {
        true => domain.to_owned(),
        false => url::Host::parse(domain).map_err(|_| bad())?.to_string(),
    };
    Address::new(user, domain).map_err(|_| bad())
}

/// Whether a server has to know SMTPUTF8 (RFC 6531) to write to this address.
pub fn is_international(address: &Address) -> bool {
    let text: &str = address.as_ref();
    !text.is_ascii()
}

/// As it was written, safe for a terminal.
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address: &str = self.address.as_ref();
        match &self.name {
            Some(name) => write!(f, "{} <{}>", printable(name), printable(address)),
            None => write!(f, "{}", printable(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Option<String>, String), MailboxError> {
        let mailbox: Mailbox = text.parse()?;
        Ok((mailbox.name, mailbox.address.to_string()))
    }

    #[test]
    fn reads_what_people_write() {
        for (text, name, address) in [
            ("a@b.example", None, "a@b.example"),
            ("<a@b.example>", None, "a@b.example"),
            (" Ann <a@b.example> ", Some("Ann"), "a@b.example"),
            (
                "王大锤 <abcdefg@126.com>",
                Some("王大锤"),
                "abcdefg@126.com",
            ),
            (
                "Smith, J. (Boss) <a@b.example>",
                Some("Smith, J. (Boss)"),
                "a@b.example",
            ),
            (
                r#""Smith, \"J\"" <a@b.example>"#,
                Some(r#"Smith, "J""#),
                "a@b.example",
            ),
            (r#""c@d" <a@b.example>"#, Some("c@d"), "a@b.example"),
            (r#""a b"@b.example"#, None, r#""a b"@b.example"#),
            ("a@localhost", None, "a@localhost"),
            ("a@[127.0.0.1]", None, "a@[127.0.0.1]"),
            ("a@例子.example", None, "a@xn--fsqu00a.example"),
            ("用户@例子.example", None, "用户@xn--fsqu00a.example"),
        ] {
            let expected = (name.map(str::to_owned), address.to_owned());
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        use MailboxError::*;
        for (text, why) in [
            (
                "a@b.example\r\nBcc: c@d.example",
                Field(FieldError::Control),
            ),
            (
                "Ann\r\nBcc: c@d.example <a@b.example>",
                Field(FieldError::Control),
            ),
            ("Ann\u{85} <a@b.example>", Field(FieldError::Control)),
            ("a@b.example\n", Field(FieldError::Control)),
            ("Ann <a@b.example", Brackets),
            ("Ann <a@b.example> x", Brackets),
            ("c@d.example, Ann <a@b.example>", Several),
            ("Bob <c@d.example>, Ann <a@b.example>", Several),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
        for text in [
            "",
            "a",
            "a@",
            "@b",
            "a b@c",
            "a@b c",
            "a@b, c@d",
            "a@b> SIZE=1",
            "a@@b",
            "<>",
        ] {
            assert!(matches!(read(text), Err(BadAddress(_))), "{text}");
        }
        let long = format!("{} <a@b>", "x".repeat(MAX_NAME + 1));
        assert_eq!(read(&long), Err(LongName));
    }
}
