//! TLS for clients: whom we trust, and a stream that is encrypted.
//!
//! Behind the feature `tls`, because most programs have no use for it. The cryptography is
//! *ring*'s: it builds wherever Rust does, without CMake or an assembler of its own.

use std::io::{self, Read, Write};
use std::sync::Arc;

use anyhow::Context;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, ClientConnection, HandshakeKind};

use crate::budget::Budget;
use crate::printable::printable;
use crate::stream::{Stream, timed_out};

mod trust;

pub use trust::client_config;

use trust::is_of_authority;

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

    /// Reads what has come, or waits for it until the budget ends, however slowly it drips in.
    ///
    /// # Errors
    /// As of any read; [`io::ErrorKind::TimedOut`] and the like when time has run out.
    pub fn read_within(&mut self, buffer: &mut [u8], budget: &Budget) -> io::Result<usize> {
        let mut hurried = Hurried {
            socket: &self.socket,
            budget,
        };
        rustls::Stream::new(&mut self.session, &mut hurried).read(buffer)
    }

    /// Says that nothing more will be sent (`close_notify`), so that the peer can tell the end from
    /// a cut.
    ///
    /// # Errors
    /// As of any write.
    pub fn end(&mut self) -> io::Result<()> {
        self.session.send_close_notify();
        self.flush()
    }

    /// Whether the handshake went on from an earlier one (RFC 8446, section 2.2), rather than
    /// proving everything anew.
    pub fn is_resumed(&self) -> bool {
        self.session.handshake_kind() == Some(HandshakeKind::Resumed)
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
            Bad::BadEncoding => "its certificate is damaged".into(),
            Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
                "its certificate is not for a server".into()
            }
            bad if is_of_authority(bad) => {
                "its certificate is one for an authority, not for a server (openssl makes such \
                 ones unless it is told basicConstraints=CA:FALSE)"
                    .into()
            }
            other => format!("its certificate is not valid: {other}"),
        },
        other => other.to_string(),
    }
}
