//! Whom we trust: the authorities that Mozilla trusts, or those in a file.

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
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::printable::printable_path;

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
pub(super) fn is_of_authority(bad: &CertificateError) -> bool {
    matches!(bad, CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity")
}
