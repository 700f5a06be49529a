//! TLS for clients: whom we trust, and a stream that is encrypted.
//!
//! Behind the feature `tls`, because most programs have no use for it. The cryptography is
//! *ring*'s: it builds wherever Rust does, without CMake or an assembler of its own.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, HandshakeKind,
    RootCertStore, SignatureScheme,
};

use crate::budget::Budget;
use crate::printable::{printable, printable_path};
use crate::stream::{Stream, timed_out};

/// What a client needs to open TLS connections (TLS 1.2 and 1.3): whom it trusts, and how it
/// encrypts.
///
/// Without a file, it trusts the authorities that Mozilla trusts; the list is built in, so that
/// the program works on a host that has none. With a file, it trusts those in the file and
/// nobody else: who names their own authority does not want a hundred others to be able to stand
/// in for it. A server may also show one of the certificates in the file itself, as those do that
/// signed their own.
///
/// # Errors
/// The file cannot be read, is no PEM file, or has no certificate in it.
pub fn client_config(ca_file: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("cannot set up TLS")?;
    let builder = match ca_file {
        Some(path) => {
            let verifier = read_trusted(path).with_context(|| {
                format!("cannot use the certificates in {}", printable_path(path))
            })?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        }
        None => {
            let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
            builder.with_root_certificates(roots)
        }
    };
    Ok(builder.with_no_client_auth())
}

fn read_trusted(path: &Path) -> anyhow::Result<TrustedFile> {
    let mut roots = RootCertStore::empty();
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_file_iter(path).map_err(pem_error)? {
        let certificate = certificate.map_err(pem_error)?;
        let number = certificates.len() + 1;
        if roots.add(certificate.clone()).is_err() {
            bail!("what certificate {number} holds is no certificate");
        }
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        bail!("there is none (a PEM file has BEGIN CERTIFICATE in it)");
    }
    let provider = Arc::new(ring::default_provider());
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
    Ok(TrustedFile {
        usual,
        certificates,
    })
}

/// The library shows lines of the file as lists of numbers.
fn pem_error(error: pem::Error) -> anyhow::Error {
    let why = match error {
        pem::Error::Io(error) => return error.into(),
        pem::Error::MissingSectionEnd { .. } => "an END line is missing",
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line is malformed",
        pem::Error::Base64Decode(_) => "what a BEGIN line is followed by is not base64",
        _ => "it cannot be understood",
    };
    anyhow::anyhow!("it is not a sound PEM file: {why}")
}

/// Trust in the certificates of a file: in those they have signed, and in themselves.
///
/// `openssl req -x509` makes a certificate that a server can use at once, and marks it as that of
/// an authority. The strict rules have no place for one that is both, and everybody makes such;
/// whoever names that very certificate means it.
#[derive(Debug)]
struct TrustedFile {
    usual: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for TrustedFile {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = self.usual.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match found {
            // Its dates have been checked, those come first. What is missing is the name; nobody
            // has to vouch for it.
            Err(rustls::Error::InvalidCertificate(bad))
                if is_of_authority(&bad) && self.certificates.contains(end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            found => found,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether this is the complaint that an authority's certificate was shown as a server's. It has
/// no name of its own among the errors.
fn is_of_authority(bad: &CertificateError) -> bool {
    matches!(bad, CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity")
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
