//! TLS for clients: whom we trust, and a stream that is encrypted.
//!
//! Behind the feature `tls`, because most programs have no use for it. The cryptography is
//! *ring*'s: it builds wherever Rust does, without CMake or an assembler of its own.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

use crate::budget::Budget;
use crate::printable::printable;
use crate::stream::{Stream, timed_out};

/// What a client needs to open TLS connections (TLS 1.2 and 1.3): whom it trusts, and how it
/// encrypts.
///
/// Without a file, it trusts the authorities that Mozilla trusts; the list is built in, so that
/// the program works on a host that has none. With a file, it trusts those in the file and
/// nobody else: who names their own authority does not want a hundred others to be able to stand
/// in for it.
///
/// # Errors
/// The file cannot be read, is no PEM file, or has no certificate in it.
pub fn client_config(ca_file: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let roots = match ca_file {
        Some(path) => read_roots(path).with_context(|| {
            let shown = printable(path.as_os_str().as_encoded_bytes());
            format!("cannot use the certificates in {shown}")
        })?,
        None => webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("cannot set up TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn read_roots(path: &Path) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(pem_error)? {
        roots
            .add(certificate.map_err(pem_error)?)
            .map_err(|error| anyhow::anyhow!(reason(&error)))?;
    }
    if roots.is_empty() {
        bail!("there is none (a PEM file has BEGIN CERTIFICATE in it)");
    }
    Ok(roots)
}

fn pem_error(error: pem::Error) -> anyhow::Error {
    match error {
        pem::Error::Io(error) => error.into(),
        other => anyhow::anyhow!("it is not a sound PEM file: {other}"),
    }
}

/// A connection encrypted by TLS. The socket below is shared, so that another thread can shut it
/// down.
///
/// An end of the stream that the peer did not announce (by `close_notify`, RFC 8446, section
/// 6.1) is [`io::ErrorKind::UnexpectedEof`]: anybody on the way can forge the end of a TCP
/// stream, and so cut a text short, but not that message.
#[derive(Debug)]
pub struct TlsStream {
    session: ClientConnection,
    socket: Arc<Stream>,
}

impl TlsStream {
    /// Does the handshake, within `budget`. `host` is the name or the number that the peer's
    /// certificate has to be for. Afterwards the socket has the time-outs of the last step: set
    /// your own.
    ///
    /// # Errors
    /// The peer speaks no TLS, has no certificate that we trust for that host, or the budget ran
    /// out.
    pub fn connect(
        socket: Arc<Stream>,
        host: &str,
        config: Arc<ClientConfig>,
        budget: &Budget,
    ) -> anyhow::Result<Self> {
        let task = || format!("cannot open TLS with {}", printable(host));
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| anyhow::anyhow!("no certificate can be for such a name"))
            .with_context(task)?;
        let mut session = ClientConnection::new(config, name).with_context(task)?;
        let mut hurried = Hurried {
            socket: &socket,
            budget,
        };
        while session.is_handshaking() {
            match session.complete_io(&mut hurried) {
                Ok(_) => {}
                Err(error) => {
                    return Err(anyhow::anyhow!(handshake_reason(&error, budget)))
                        .with_context(task);
                }
            }
        }
        Ok(TlsStream { session, socket })
    }
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        rustls::Stream::new(&mut self.session, &mut &*self.socket).read(buffer)
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        rustls::Stream::new(&mut self.session, &mut &*self.socket).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        rustls::Stream::new(&mut self.session, &mut &*self.socket).flush()
    }
}

/// A socket whose every call ends when the budget does. A mere time-out would begin anew with
/// each byte, and a peer that sends one now and then could keep us for ever.
struct Hurried<'a> {
    socket: &'a Stream,
    budget: &'a Budget,
}

impl Hurried<'_> {
    fn hurry(&self) -> io::Result<()> {
        let left = self.budget.left().ok_or(io::ErrorKind::TimedOut)?;
        self.socket.set_read_timeout(Some(left))?;
        self.socket.set_write_timeout(Some(left))
    }
}

impl Read for Hurried<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.hurry()?;
        let mut socket = self.socket;
        socket.read(buffer)
    }
}

impl Write for Hurried<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hurry()?;
        let mut socket = self.socket;
        socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn handshake_reason(error: &io::Error, budget: &Budget) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(error) => reason(error),
        None if timed_out(error) => budget.exceeded().to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it closed in the middle of the handshake".into()
        }
        None => error.to_string(),
    }
}

/// What TLS found wrong, in the words of a user.
pub fn reason(error: &rustls::Error) -> String {
    use CertificateError as Bad;
    match error {
        rustls::Error::InvalidMessage(_) => "it does not speak TLS".into(),
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "its certificate has expired".into(),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "its certificate is not valid yet (is this clock right?)".into()
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "its certificate is for another name".into()
            }
            Bad::UnknownIssuer => {
                "its certificate was not issued by anyone we trust (see --ca-file)".into()
            }
            Bad::BadSignature => "its certificate has a signature that does not fit".into(),
            // Has no name of its own among the errors.
            Bad::Other(other) if other.to_string() == "CaUsedAsEndEntity" => {
                "its certificate is one for an authority, not for a server (openssl makes such \
                 ones unless it is told basicConstraints=CA:FALSE)"
                    .into()
            }
            other => format!("its certificate is not valid: {other}"),
        },
        other => other.to_string(),
    }
}
