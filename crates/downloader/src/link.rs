//! What is to be downloaded: a URL, and the name of the file that it becomes.

use std::fmt;

use common::printable::printable;
use common::received::{NameError, safe_file_name};
use percent_encoding::percent_decode_str;
use url::Url;

/// The longest URL, in bytes.
pub const MAX_URL: usize = 8 << 10;

/// What a file is called whose URL ends with a slash, as with other programs of this kind.
const NAMELESS: &str = "index.html";

/// A URL of the web, with a host, and without a user. It is shown without its query, where keys and
/// signatures are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(Url);

/// Why something is not a [`Link`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It has no form of one.
    #[error("it is no URL: {0} (write http:// or https:// in front)")]
    NoUrl(url::ParseError),
    /// `file:`, `ftp:`, and whatever else a stranger might come up with.
    #[error("only http and https are downloaded")]
    Scheme,
    /// A password in a URL is in the shell's history and in every list of processes.
    #[error("a user or a password in a URL is not taken")]
    User,
    /// See [`MAX_URL`].
    #[error("it is longer than {MAX_URL} bytes")]
    TooLong,
    /// What was to be encrypted would come in the clear.
    #[error("it leads from https to http")]
    Downgrade,
}

/// Why no file can be named after a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// See [`NameError`].
    #[error(transparent)]
    Unsafe(#[from] NameError),
    /// The bytes behind its percent signs are no text.
    #[error("it is not UTF-8")]
    NoText,
}

impl Link {
    /// Reads a URL.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        if text.len() > MAX_URL {
            return Err(LinkError::TooLong);
        }
        Url::parse(text).map_err(LinkError::NoUrl).and_then(accept)
    }

    /// Where a reference leads that stands here: in a listing, or in a redirect.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub fn join(&self, reference: &str) -> Result<Self, LinkError> {
        if reference.len() > MAX_URL {
            return Err(LinkError::TooLong);
        }
        let url = self.0.join(reference).map_err(LinkError::NoUrl)?;
        accept(url)
    }

    /// The same for a redirect, which may not lead out of encryption.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub fn redirected(&self, location: &str) -> Result<Self, LinkError> {
        let link = self.join(location)?;
        if self.0.scheme() == "https" && link.0.scheme() == "http" {
            return Err(LinkError::Downgrade);
        }
        Ok(link)
    }

    /// All of it, to be sent and compared.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Name or number of the host; an IPv6 address has its brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The last part of the path, decoded, if a file may be called so.
    ///
    /// # Errors
    /// See [`FileNameError`].
    pub fn file_name(&self) -> Result<String, FileNameError> {
        let last = self.0.path().rsplit('/').next().unwrap_or_default();
        if last.is_empty() {
            return Ok(NAMELESS.to_owned());
        }
        let decoded = percent_decode_str(last).decode_utf8();
        let decoded = decoded.map_err(|_| FileNameError::NoText)?;
        Ok(safe_file_name(&decoded)?.to_owned())
    }
}

fn accept(mut url: Url) -> Result<Link, LinkError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(LinkError::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(LinkError::User);
    }
    url.set_fragment(None);
    match url.as_str().len() {
        // Encoded, it may have become longer.
        length if length > MAX_URL => Err(LinkError::TooLong),
        _ => Ok(Link(url)),
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_str();
        match text.split_once('?') {
            Some((before, _)) => write!(f, "{}?…", printable(before)),
            None => write!(f, "{}", printable(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Link {
        Link::parse(text).unwrap()
    }

    #[test]
    fn only_the_web_and_nobody_in_it() {
        use LinkError::*;
        for (text, why) in [
            ("ftp://h/x", Scheme),
            ("file:///etc/passwd", Scheme),
            ("data:text/plain,x", Scheme),
            ("h:80/x", Scheme),
            ("http://user@h/x", User),
            ("http://:secret@h/x", User),
            ("h/x", NoUrl(url::ParseError::RelativeUrlWithoutBase)),
            ("http://", NoUrl(url::ParseError::EmptyHost)),
        ] {
            assert_eq!(Link::parse(text), Err(why), "{text}");
        }
        let long = format!("http://h/{}", "x".repeat(MAX_URL));
        assert_eq!(Link::parse(&long), Err(TooLong));
        let grows = format!("http://h/{}", "图".repeat(MAX_URL / 4));
        assert_eq!(Link::parse(&grows), Err(TooLong));
    }

    #[test]
    fn a_file_is_named_after_the_path() {
        for (text, name) in [
            ("http://h/a/131.jpg", "131.jpg"),
            ("http://h/131.jpg?name=../x#131", "131.jpg"),
            ("http://h/%E5%9B%BE.jpg", "图.jpg"),
            ("http://h/a%2Fb", "b"),
            ("http://h/..%5C..%5Cx", "x"),
            ("http://h/a/../../b", "b"),
            ("http://h", "index.html"),
            ("http://h/a/", "index.html"),
        ] {
            assert_eq!(link(text).file_name().as_deref(), Ok(name), "{text}");
        }
        for (text, why) in [
            ("http://h/.bashrc", NameError::Dot),
            ("http://h/%2e%2e%2f.x", NameError::Dot),
            ("http://h/nul.txt", NameError::Device),
            ("http://h/a%1b[2J", NameError::Character),
            ("http://h/a:b", NameError::Character),
            ("http://h/a%2F", NameError::Empty),
        ] {
            let found = link(text).file_name();
            assert_eq!(found, Err(FileNameError::Unsafe(why)), "{text}");
        }
        let found = link("http://h/%ff.jpg").file_name();
        assert_eq!(found, Err(FileNameError::NoText));
    }

    #[test]
    fn a_query_is_not_shown() {
        let shown = link("http://h/x?key=secret#part").to_string();
        assert_eq!(shown, "http://h/x?…");
        assert_eq!(link("http://h/x").to_string(), "http://h/x");
    }

    #[test]
    fn a_redirect_does_not_leave_encryption() {
        let here = link("https://h/a/b");
        assert_eq!(here.redirected("../c").unwrap().as_str(), "https://h/c");
        assert_eq!(here.redirected("//g/c").unwrap().as_str(), "https://g/c");
        assert_eq!(here.redirected("http://h/c"), Err(LinkError::Downgrade));
        assert_eq!(here.redirected("file:///x"), Err(LinkError::Scheme));
        // A listing is no redirect.
        assert_eq!(here.join("http://h/c").unwrap().as_str(), "http://h/c");
    }
}
