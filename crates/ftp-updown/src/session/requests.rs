//! What can be asked of a server with a command and a reply.

use anyhow::{Context, bail};

use super::{Session, Type};
use crate::control::Refused;
use crate::reply::Reply;

impl Session {
    /// Asks for something that is done or refused.
    ///
    /// # Errors
    /// It is refused ([`Refused`]), or the connection broke.
    pub fn request(&mut self, command: &str, argument: &str) -> anyhow::Result<Reply> {
        let reply = self.ask(command, argument)?;
        match reply.is_success() {
            true => Ok(reply),
            false => bail!(Refused(reply)),
        }
    }

    fn ask(&mut self, command: &str, argument: &str) -> anyhow::Result<Reply> {
        self.announce(argument)?;
        self.control.ask(command, argument)
    }

    /// Says that names are UTF-8, before the first one that is not plain ASCII. Some servers read
    /// them as something else until they are told (RFC 2640); the others do not know the option, and
    /// need not.
    pub(super) fn announce(&mut self, name: &str) -> anyhow::Result<()> {
        if !self.utf8 && !name.is_ascii() {
            self.utf8 = true;
            self.control.ask("OPTS", "UTF8 ON")?;
        }
        Ok(())
    }

    /// Goes into a folder.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn enter(&mut self, folder: &str) -> anyhow::Result<()> {
        self.request("CWD", folder).map(drop)
    }

    /// Where we are.
    ///
    /// # Errors
    /// As [`Self::request`]; or the server names no place.
    pub fn place(&mut self) -> anyhow::Result<String> {
        let reply = self.request("PWD", "")?;
        quoted(&reply.text).with_context(|| format!("its answer to PWD names no place: {reply}"))
    }

    /// How many bytes a file has, in the type that is set; `None` if the server does not tell. That
    /// is no word about whether the file is there: many refuse it for reasons of their own.
    ///
    /// # Errors
    /// The connection broke.
    pub fn size(&mut self, name: &str) -> anyhow::Result<Option<u64>> {
        let reply = self.ask("SIZE", name)?;
        let size = reply.text.trim().parse().ok();
        Ok(size.filter(|_| reply.code == 213))
    }

    /// When a file was changed, as the server writes it (`20261126120000`, RFC 3659); `None` if it
    /// does not tell.
    ///
    /// # Errors
    /// The connection broke.
    pub fn modified(&mut self, name: &str) -> anyhow::Result<Option<String>> {
        let reply = self.ask("MDTM", name)?;
        let time = reply.text.trim();
        let is_time = time.len() >= 14
            && time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
        Ok((reply.code == 213 && is_time).then(|| time.to_owned()))
    }

    /// Renames a file or a folder.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn rename(&mut self, old: &str, new: &str) -> anyhow::Result<()> {
        let reply = self.ask("RNFR", old)?;
        if !reply.is_intermediate() {
            bail!(Refused(reply));
        }
        self.request("RNTO", new).map(drop)
    }

    /// Says how the bytes of what follows are meant; nothing is sent if they are meant so already.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn set_type(&mut self, transfer_type: Type) -> anyhow::Result<()> {
        if self.transfer_type != transfer_type {
            let letter = match transfer_type {
                Type::Image => "I",
                Type::Ascii => "A",
            };
            self.request("TYPE", letter)?;
            self.transfer_type = transfer_type;
        }
        Ok(())
    }
}

/// What stands in quotes; a quote in it is doubled (RFC 959, appendix II).
fn quoted(text: &str) -> Option<String> {
    let mut place = String::new();
    let mut chars = text.split_once('"')?.1.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '"' && chars.next_if_eq(&'"').is_none() {
            return Some(place).filter(|place| !place.is_empty());
        }
        place.push(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_in_quotes() {
        for (text, place) in [
            (r#""/pub" is the current directory"#, Some("/pub")),
            (r#"now "/a ""b"" c""#, Some(r#"/a "b" c"#)),
            (r#""/""""#, Some(r#"/""#)),
            (r#""""#, None),
            ("/pub", None),
            (r#""/pub"#, None),
        ] {
            assert_eq!(quoted(text).as_deref(), place, "{text}");
        }
    }
}
