//! Addresses as people write them: `HOST:PORT`, `[::1]:PORT`, `unix:/path`.
//!
//! Here they are only read, shown and looked up; [`crate::connect`], [`crate::listen`] and
//! [`crate::udp`] make sockets of them.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::budget::Budget;
use crate::printable::printable;

/// The longest host name DNS allows, in bytes (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 255;

/// A place to listen at or to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host, by name or by number (an IPv6 address without its brackets), and a port. Port 0
    /// asks for any free port.
    Inet {
        /// Name or number of the host.
        host: String,
        /// TCP or UDP port.
        port: u16,
    },
    /// A Unix socket: a path in the file system, for programs on one host.
    Unix(PathBuf),
}

/// Why a text is not an address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither a port nor `unix:` is there.
    #[error("a port is missing: write HOST:PORT, [::1]:PORT or unix:/path")]
    NoPort,
    /// What stands behind the last colon is not a number up to 65535.
    #[error("the port must be a number from 0 to 65535")]
    BadPort,
    /// Nothing stands before the port.
    #[error("a host is missing before the port")]
    NoHost,
    /// More than one colon, and no brackets.
    #[error("an IPv6 address needs brackets: [::1]:PORT")]
    NoBrackets,
    /// Brackets around something that is no IPv6 address.
    #[error("what stands in brackets is not an IPv6 address")]
    BadBrackets,
    /// White space, control characters, or more than 255 bytes.
    #[error("that is not a host name")]
    BadHost,
    /// `unix:` with nothing behind it.
    #[error("a path is missing after unix:")]
    NoPath,
    /// This system has no Unix sockets.
    #[error("unix sockets are not available on this system")]
    NoUnixSockets,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                _ if cfg!(not(unix)) => Err(AddressError::NoUnixSockets),
                "" => Err(AddressError::NoPath),
                path => Ok(Address::Unix(PathBuf::from(path))),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or(AddressError::NoPort)?;
        // `u16::from_str` also takes a leading plus sign; no port is written so.
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AddressError::BadPort);
        }
        let port = port.parse().map_err(|_| AddressError::BadPort)?;
        Ok(Address::Inet {
            host: read_host(host)?,
            port,
        })
    }
}

fn read_host(host: &str) -> Result<String, AddressError> {
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    let stranger = |c: char| c.is_whitespace() || c.is_control();
    if host.len() > MAX_HOST || host.contains(stranger) {
        return Err(AddressError::BadHost);
    }
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.strip_suffix(']').ok_or(AddressError::BadBrackets)?;
        // A zone (`fe80::1%eth0`) names the interface of a link-local address.
        let number = inner
            .split_once('%')
            .map_or(inner, |(number, _zone)| number);
        return match number.parse::<std::net::Ipv6Addr>() {
            Ok(_) => Ok(inner.to_owned()),
            Err(_) => Err(AddressError::BadBrackets),
        };
    }
    if host.contains(':') {
        return Err(AddressError::NoBrackets);
    }
    Ok(host.to_owned())
}

/// As it was written, safe for a terminal.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet { host, port } if host.contains(':') => {
                write!(f, "[{}]:{port}", printable(host))
            }
            Address::Inet { host, port } => write!(f, "{}:{port}", printable(host)),
            Address::Unix(path) => {
                write!(f, "unix:{}", printable(path.as_os_str().as_encoded_bytes()))
            }
        }
    }
}

/// Every socket address of a host, in the order the system prefers them.
///
/// `getaddrinfo(3)` cannot be told to hurry: a name server that does not answer holds it for
/// half a minute and more. So it works in a thread of its own, and when the budget has run out
/// we stop waiting for it.
///
/// # Errors
/// The host is not known, has no address, or the look-up took longer than the budget.
pub fn resolve(host: &str, port: u16, budget: &Budget) -> anyhow::Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let task = || format!("cannot find the host {}", printable(host));
    let (answer, answered) = mpsc::channel();
    let name = host.to_owned();
    thread::Builder::new()
        .name("resolve".into())
        .spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs();
            // Nobody listens any more when the budget ran out first.
            let _ = answer.send(found.map(Vec::from_iter));
        })
        .with_context(task)?;
    match answered.recv_timeout(budget.left().unwrap_or(Duration::ZERO)) {
        Ok(found) => match found.map_err(look_up_error).with_context(task)? {
            found if found.is_empty() => bail!("{}: it has no address", task()),
            found => Ok(found),
        },
        Err(_) => bail!("{}: no answer within {}", task(), budget),
    }
}

/// std puts "failed to lookup address information: " before what `getaddrinfo` said; our line
/// says that already.
fn look_up_error(error: std::io::Error) -> anyhow::Error {
    let text = error.to_string();
    let cause = text
        .rsplit_once(": ")
        .map_or(text.as_str(), |(_, cause)| cause);
    anyhow::anyhow!("{}", crate::exit::in_a_sentence(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inet(host: &str, port: u16) -> Result<Address, AddressError> {
        Ok(Address::Inet {
            host: host.into(),
            port,
        })
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!("127.0.0.1:6789".parse(), inet("127.0.0.1", 6789));
        assert_eq!("localhost:0".parse(), inet("localhost", 0));
        assert_eq!("[::1]:80".parse(), inet("::1", 80));
        assert_eq!("[fe80::1%eth0]:80".parse(), inet("fe80::1%eth0", 80));
    }

    #[cfg(unix)]
    #[test]
    fn reads_unix_sockets() {
        let path = Address::Unix("/tmp/a:b".into());
        assert_eq!("unix:/tmp/a:b".parse(), Ok(path.clone()));
        assert_eq!(path.to_string(), "unix:/tmp/a:b");
        assert_eq!("unix:".parse::<Address>(), Err(AddressError::NoPath));
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        use AddressError::*;
        for (text, why) in [
            ("", NoPort),
            ("localhost", NoPort),
            ("localhost:", BadPort),
            ("localhost:http", BadPort),
            ("localhost:+80", BadPort),
            ("localhost:65536", BadPort),
            (":80", NoHost),
            ("::1:80", NoBrackets),
            ("[::1:80", BadBrackets),
            ("[localhost]:80", BadBrackets),
            ("my host:80", BadHost),
            ("\u{1b}[2J:80", BadHost),
        ] {
            assert_eq!(text.parse::<Address>(), Err(why), "{text:?}");
        }
    }

    #[test]
    fn shows_what_it_read() {
        for text in ["127.0.0.1:6789", "[::1]:80", "localhost:0"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_unknown_host_is_named() {
        let budget = Budget::new(Duration::from_secs(60));
        let error = resolve("nobody.invalid", 1, &budget).unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot find the host nobody.invalid: "));
    }
}
