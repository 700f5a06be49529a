//! Who answers the programs in their cells: a DNS server that knows one name, and an HTTPS server whose
//! certificate nobody trusts who has not been told to. Both are threads of ours, and end with us.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::cell::{DNS_HOST, HOST};

/// What every page of [`Https`] says.
pub(super) const PAGE: &str = "encrypted\n";

/// A DNS server, on the port where every resolver looks for it.
pub(super) struct Dns;

impl Dns {
    /// An address of loopback where nobody else is likely to be.
    pub(super) const ADDRESS: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 12, 12, 12), 53);

    /// Starts it. Only root may, and where another server listens at port 53 of all addresses, nobody.
    pub(super) fn start() -> anyhow::Result<Dns> {
        let socket = UdpSocket::bind(Dns::ADDRESS)
            .with_context(|| format!("cannot listen on udp {}", Dns::ADDRESS))?;
        thread::spawn(move || {
            let mut packet = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                if let Some(answer) = answer(&packet[..length]) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        Ok(Dns)
    }
}

/// The answer to a query (RFC 1035, section 4): its own number and question, and the address if that is
/// what it asks for. A name without one of the other kind, IPv6, is an answer too.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    const ADDRESS_RECORD: [u8; 2] = [0, 1];
    let mut question: Vec<u8> = Vec::new();
    for label in DNS_HOST.split('.') {
        question.push(label.len().try_into().ok()?);
        question.extend(label.as_bytes());
    }
    question.push(0);
    let rest = query.get(HEADER..)?.strip_prefix(question.as_slice())?;
    let (kind, class) = (rest.get(..2)?, rest.get(2..4)?);
    let found = kind == ADDRESS_RECORD;

    let mut answer = query[..2].to_vec();
    // A response, with recursion wanted and at hand, and no error; one question, and the answers.
    answer.extend([0x81, 0x80, 0, 1, 0, found.into(), 0, 0, 0, 0]);
    answer.extend(question.iter().chain(kind).chain(class));
    if found {
        // The name is the one at byte 12; then kind, class, a minute to live, and four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(Ipv4Addr::LOCALHOST.octets());
    }
    Some(answer)
}

/// A web server that speaks TLS, and answers everything with one page.
pub(super) struct Https {
    port: u16,
    /// The certificate of its authority, as PEM.
    pub(super) authority: String,
}

impl Https {
    /// Starts it on a free port.
    pub(super) fn start() -> anyhow::Result<Https> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::new([])?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&authority_key)?.pem();
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        let certificate = CertificateParams::new([HOST.to_owned()])?.signed_by(&key, &issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let config = Arc::new(config);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                // A client that does not trust us ends the handshake: that is what it is for.
                thread::spawn(move || serve(client, config));
            }
        });
        let authority = pem;
        Ok(Https { port, authority })
    }

    /// As a URL has it.
    pub(super) fn address(&self) -> String {
        format!("{HOST}:{}", self.port)
    }
}

fn serve(client: TcpStream, config: Arc<ServerConfig>) -> anyhow::Result<()> {
    client.set_read_timeout(Some(harness::LIMIT))?;
    let mut stream = StreamOwned::new(ServerConnection::new(config)?, client);
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        header.push(byte[0]);
    }
    let length = PAGE.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{PAGE}"
    )?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_knows_one_address() {
        let name = b"\x03dns\x05dozen\x04test\0";
        let query = |kind: u8| {
            let mut query = vec![7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            query.extend(name);
            query.extend([0, kind, 0, 1]);
            query
        };
        let found = answer(&query(1)).unwrap();
        assert_eq!(found[..2], [7, 8]);
        assert_eq!(found[found.len() - 4..], [127, 0, 0, 1]);
        let none = answer(&query(28)).unwrap();
        assert_eq!(none.len(), query(28).len());
        assert_eq!(answer(&query(1)[..20]), None);
    }
}
