//! FTP's data connections. The server names a port in its answer to PASV or EPSV, and the client
//! connects to it, past any relay. So the port is replaced by one of ours, and what comes there is
//! relayed to the server's.
//!
//! Of the address in an answer to PASV (RFC 959) only the port is used, as careful clients do it: it
//! is wrong behind a translator of addresses, and a way to have us connect anywhere.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};

use common::address::Address;
use common::exit::cause;
use common::nonblocking::NonBlocking;
use common::stream::Stream;
use mio::net::TcpListener;
use mio::{Interest, Registry, Token};

/// The longest answer that is looked at.
const MAX_ANSWER: usize = 512;

/// Data connections that were announced and not yet opened; for one more the oldest is forgotten.
const MAX_AWAITED: usize = 8;

/// Follows what the server of one control connection says.
#[derive(Debug)]
pub(super) struct Ftp {
    /// Where the client reached us: there it will look for the data too.
    ours: IpAddr,
    client: IpAddr,
    server: IpAddr,
    /// The beginning of a line that may be an answer with a port in it.
    held: Vec<u8>,
    in_line: bool,
    /// The rest is encrypted.
    encrypted: bool,
    awaited: VecDeque<Awaited>,
    /// How many were announced.
    count: usize,
}

#[derive(Debug)]
struct Awaited {
    number: usize,
    listener: TcpListener,
    /// The server's port.
    to: u16,
}

impl Ftp {
    /// For a control connection; `None` if it has no addresses.
    pub(super) fn new(client: &NonBlocking, server: &NonBlocking) -> Option<Self> {
        Some(Ftp {
            ours: client.local_address()?.ip(),
            client: client.peer_address()?.ip(),
            server: server.peer_address()?.ip(),
            held: Vec::new(),
            in_line: false,
            encrypted: false,
            awaited: VecDeque::new(),
            count: 0,
        })
    }

    /// What the client gets instead of what the server has sent. A line that may be one of the two
    /// answers waits until it is whole. Listeners get tokens from `first_token` on.
    pub(super) fn rewrite(
        &mut self,
        bytes: &[u8],
        registry: &Registry,
        first_token: usize,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + MAX_ANSWER);
        for &byte in bytes {
            if self.in_line || self.encrypted {
                out.push(byte);
                self.in_line = byte != b'\n';
                continue;
            }
            self.held.push(byte);
            if byte == b'\n' {
                let line = std::mem::take(&mut self.held);
                self.encrypted |= line.starts_with(b"234");
                out.extend(self.replaced(&line, registry, first_token).unwrap_or(line));
            } else if !may_be_answer(&self.held) || self.held.len() > MAX_ANSWER {
                out.append(&mut self.held);
                self.in_line = true;
            }
        }
        out
    }

    /// What is held back, as it is.
    pub(super) fn flush(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn replaced(
        &mut self,
        line: &[u8],
        registry: &Registry,
        first_token: usize,
    ) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(line).ok()?;
        let (port, is_extended) = match text.get(..3)? {
            "229" => (extended_port(text)?.0, true),
            "227" => (passive_port(text)?.0, false),
            _ => return None,
        };
        let opened = self.listen(port, registry, first_token);
        let address = match opened {
            Ok(address) => address,
            Err(error) => {
                let why = cause(&error);
                tracing::warn!("a data connection will not be seen: cannot listen for it: {why}");
                return None;
            }
        };
        let line = match is_extended {
            true => with_extended_port(text, address),
            false => with_passive_port(text, address),
        };
        if line.is_none() {
            tracing::warn!("a data connection will not be seen: PASV has no place for {address}");
        }
        line.map(String::into_bytes)
    }

    fn listen(
        &mut self,
        to: u16,
        registry: &Registry,
        first_token: usize,
    ) -> io::Result<SocketAddr> {
        let mut listener = TcpListener::bind(SocketAddr::new(self.ours, 0))?;
        let token = Token(first_token + self.count);
        registry.register(&mut listener, token, Interest::READABLE)?;
        let address = listener.local_addr()?;
        if self.awaited.len() == MAX_AWAITED {
            self.awaited.pop_front();
        }
        let number = self.count;
        self.awaited.push_back(Awaited {
            number,
            listener,
            to,
        });
        self.count += 1;
        Ok(address)
    }

    /// The data connection that has come to the listener of this number, and where it is to go. Then
    /// the listener is gone: a port is good for one connection, and for this client only.
    pub(super) fn accept(&mut self, number: usize) -> Option<(Stream, Address)> {
        let at = self
            .awaited
            .iter()
            .position(|awaited| awaited.number == number)?;
        loop {
            match self.awaited[at].listener.accept() {
                Ok((_, stranger)) if stranger.ip() != self.client => {
                    tracing::info!("refused a data connection from {stranger}");
                }
                Ok((socket, peer)) => {
                    let awaited = self.awaited.remove(at)?;
                    let host = self.server.to_string();
                    let port = awaited.to;
                    let to = Address::Inet { host, port };
                    return Some((Stream::Tcp(socket.into(), peer), to));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) => {
                    tracing::warn!("cannot accept a data connection: {}", cause(&error));
                    return None;
                }
            }
        }
    }
}

/// Whether a line that begins so may be one with a port, or the one behind which all is encrypted.
fn may_be_answer(line: &[u8]) -> bool {
    let begins = |answer: &[u8]| {
        let length = line.len().min(answer.len());
        line[..length] == answer[..length]
    };
    begins(b"227 ") || begins(b"229 ") || begins(b"234 ")
}

/// `229 Entering Extended Passive Mode (|||40001|)` (RFC 2428): the port, and where it stands.
fn extended_port(line: &str) -> Option<(u16, std::ops::Range<usize>)> {
    let open = line.find('(')? + 1;
    let mut rest = line[open..].chars();
    let mark = rest.next().filter(char::is_ascii)?;
    if rest.next() != Some(mark) || rest.next() != Some(mark) {
        return None;
    }
    let begin = open + 3;
    let length = line[begin..].find(mark)?;
    let port = line[begin..begin + length].parse().ok()?;
    Some((port, begin..begin + length))
}

fn with_extended_port(line: &str, address: SocketAddr) -> Option<String> {
    let (_, place) = extended_port(line)?;
    let mut line = line.to_owned();
    line.replace_range(place, &address.port().to_string());
    Some(line)
}

/// `227 Entering Passive Mode (127,0,0,1,156,65)`: the port, and where the six numbers stand. Some
/// servers leave the brackets out.
fn passive_port(line: &str) -> Option<(u16, std::ops::Range<usize>)> {
    let begin = 4 + line.get(4..)?.find(|c: char| c.is_ascii_digit())?;
    let is_number = |c: char| c.is_ascii_digit() || c == ',';
    let length = line[begin..]
        .find(|c| !is_number(c))
        .unwrap_or(line.len() - begin);
    let numbers: Vec<u8> = line[begin..begin + length]
        .split(',')
        .map(|number| number.parse::<u8>().ok())
        .collect::<Option<_>>()?;
    let [_, _, _, _, high, low] = numbers.as_slice() else {
        return None;
    };
    Some((u16::from_be_bytes([*high, *low]), begin..begin + length))
}

fn with_passive_port(line: &str, address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else {
        return None;
    };
    let (_, place) = passive_port(line)?;
    let [a, b, c, d] = address.ip().octets();
    let [high, low] = address.port().to_be_bytes();
    let mut line = line.to_owned();
    line.replace_range(place, &format!("{a},{b},{c},{d},{high},{low}"));
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_either_answer_is_found_and_replaced() {
        let ours: SocketAddr = ([127, 0, 0, 1], 0x1234).into();
        let line = "229 Entering Extended Passive Mode (|||40001|)\r\n";
        assert_eq!(extended_port(line).unwrap().0, 40001);
        assert_eq!(
            with_extended_port(line, ours).unwrap(),
            "229 Entering Extended Passive Mode (|||4660|)\r\n"
        );
        for (line, replaced) in [
            (
                "227 Entering Passive Mode (10,0,0,9,156,65).\r\n",
                "227 Entering Passive Mode (127,0,0,1,18,52).\r\n",
            ),
            ("227 =10,0,0,9,156,65\r\n", "227 =127,0,0,1,18,52\r\n"),
        ] {
            assert_eq!(passive_port(line).unwrap().0, 40001);
            assert_eq!(with_passive_port(line, ours).unwrap(), replaced);
        }
    }

    #[test]
    fn what_has_no_port_is_left_alone() {
        for line in [
            "229 what\r\n",
            "229 (|||x|)\r\n",
            "229 (|||70000|)\r\n",
            "229 (|1|::1|2|)\r\n",
            "229 (ééé1é)\r\n",
        ] {
            assert_eq!(extended_port(line), None, "{line}");
        }
        for line in [
            "227 \r\n",
            "227 é",
            "227 (1,2,3,4,5)\r\n",
            "227 (1,2,3,4,256,1)\r\n",
            "227 (1,2,3,4,5,6,7)\r\n",
        ] {
            assert_eq!(passive_port(line), None, "{line}");
        }
    }
}
