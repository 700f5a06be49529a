//! The URL of a page, and the parts of it that each step needs.
//!
//! The crate `url` reads it, as browsers do. A browser, though, forgives what we refuse: it drops
//! a newline, encodes a space and sends a name with its password along.

use std::fmt;
use std::str::FromStr;

use common::address::Address;
use common::received::{NameError, safe_file_name};
use url::{Host, Url};

/// The URL of a page: `http` or `https`, a host, and no user in it. A fragment (`#part`) is for
/// whoever shows the page; it is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageUrl(Url);

/// Why a text is not the URL of a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It ends up in a line of the request, where a space ends a word and a newline ends the line:
    /// what follows would be a line that somebody else has written.
    #[error("a space or a control character cannot stand in a URL (a space is %20)")]
    Character,
    /// `ftp:`, `file:`
    #[error("only http and https can be fetched, not {0}")]
    Scheme(String),
    /// `http://name:password@host/`
    #[error("a user or a password does not belong into a URL, and is never sent")]
    User,
    /// Nothing stands where the host should.
    #[error("a host is missing: write http://HOST/ or HOST[:PORT][/PATH]")]
    NoHost,
    /// What the crate `url` says.
    #[error("that is not a URL: {0}")]
    Malformed(url::ParseError),
    /// A redirect to a page that anybody on the way could read and change.
    #[error("that is a step back from https to http")]
    Downgrade,
}

impl From<url::ParseError> for UrlError {
    fn from(error: url::ParseError) -> Self {
        UrlError::Malformed(error)
    }
}

impl FromStr for PageUrl {
    type Err = UrlError;

    /// Reads a URL, or `HOST[:PORT][/PATH]` for one of `http`.
    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(UrlError::Character);
        }
        let is_scheme = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        let (url, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (text.to_owned(), rest),
            _ => (format!("http://{text}"), text),
        };
        // The crate would take the path for the host, as browsers do.
        if rest.is_empty() || rest.starts_with(['/', '\\', '?', '#']) {
            return Err(UrlError::NoHost);
        }
        // `http:/a.example` would be the host `http`, with a port that was left out.
        let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or(rest);
        if authority.ends_with(':') {
            return Err(url::ParseError::InvalidPort.into());
        }
        PageUrl::check(Url::parse(&url)?)
    }
}

impl PageUrl {
    fn check(mut url: Url) -> Result<Self, UrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::User);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(UrlError::NoHost);
        }
        url.set_fragment(None);
        Ok(PageUrl(url))
    }

    /// Where a redirect leads to: its `Location`, which may be relative to this URL (RFC 9110,
    /// section 10.2.2).
    ///
    /// # Errors
    /// It is no URL, not one of a page, or leads from https to http.
    pub fn redirected(&self, location: &[u8]) -> Result<Self, UrlError> {
        // Some servers put bytes of another charset there; encoded, they come back as they were.
        let mut text = String::new();
        for chunk in location.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|byte| format!("%{byte:02X}")));
        }
        let to = PageUrl::check(self.0.join(&text)?)?;
        if self.is_encrypted() && !to.is_encrypted() {
            return Err(UrlError::Downgrade);
        }
        Ok(to)
    }

    /// Whether it begins with `https`.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host alone: a name (in ASCII: `bücher.example` is `xn--bcher-kva.example`), or a
    /// number without brackets.
    pub fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Ipv6(number)) => number.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    /// Where to connect to: port 80 or 443, unless the URL says otherwise.
    pub fn address(&self) -> Address {
        Address::Inet {
            host: self.host(),
            port: self.0.port_or_known_default().unwrap_or(80),
        }
    }

    /// What goes into the `Host` field: the port only where it is not the usual one (RFC 9110,
    /// section 7.2).
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// What goes into the first line of the request: path and query (RFC 9112, section 3.2.1).
    pub fn target(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }

    /// The name that the page is saved under: `HOST.html`.
    ///
    /// # Errors
    /// Some system would not take the host for a name of a file: `con`, `a*b`.
    pub fn file_name(&self) -> Result<String, NameError> {
        let host = match self.0.host() {
            // Colons mean something else on Windows, and `--1` would look like a flag.
            Some(Host::Ipv6(number)) => {
                let parts = number.segments().map(|part| format!("{part:x}"));
                parts.join("-")
            }
            _ => self.host(),
        };
        let name = format!("{}.html", host.trim_end_matches('.'));
        safe_file_name(&name).map(str::to_owned)
    }
}

/// As it is used: in ASCII, without a fragment.
impl fmt::Display for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests;
