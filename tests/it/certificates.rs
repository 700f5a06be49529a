//! Certificates of the tests' own, and servers that show them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, SupportedProtocolVersion};

/// An authority that issues certificates, and its own as PEM.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = like_no_other(CertificateParams::new([]).unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Authority { issuer, pem }
    }

    /// What a server needs that is called `name`.
    pub(crate) fn certify(&self, name: &str) -> ServerConfig {
        self.sign(named(name))
    }

    pub(crate) fn sign(&self, params: CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        showing(&certificate, &key)
    }
}

/// A certificate that nobody but itself vouches for, and what a server needs that shows it.
pub(crate) fn self_signed(params: CertificateParams) -> (Certificate, ServerConfig) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = showing(&certificate, &key);
    (certificate, config)
}

/// For a server that is called `name`.
pub(crate) fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).unwrap()
}

/// What `openssl req -x509` makes unless it is told otherwise: an authority's certificate, signed by
/// itself, with the name of a server.
pub(crate) fn as_openssl_makes_it(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// The same of a name that no other has: two of one name would be one with a bad signature.
pub(crate) fn like_no_other(mut params: CertificateParams) -> CertificateParams {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let name = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// The same server, but that it speaks these versions of TLS only.
pub(crate) fn speaking(
    versions: &[&'static SupportedProtocolVersion],
    config: &ServerConfig,
) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::clone(config.crypto_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&config.cert_resolver))
}

fn showing(certificate: &Certificate, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}
