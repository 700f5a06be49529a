//! An authority of the server's own, and the certificate that it signs for it. Both are made at the
//! start and gone at the end; what is written to a file is the authority's certificate, no key.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use common::printable::printable_path;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// Makes them, and writes the authority's certificate to `ca_file`.
///
/// # Errors
/// A host is no name for a certificate, or the file cannot be written.
pub fn make(ca_file: Option<&Path>, hosts: &[String]) -> anyhow::Result<Arc<ServerConfig>> {
    let task = "cannot make a certificate";
    let mut authority = CertificateParams::new([]).context(task)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let name = "an authority of demo-peers";
    authority.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().context(task)?;
    let certificate = authority.self_signed(&key).context(task)?;
    if let Some(path) = ca_file {
        fs::write(path, certificate.pem())
            .with_context(|| format!("cannot write {}", printable_path(path)))?;
    }
    let issuer = Issuer::new(authority, key);

    let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let names = local.into_iter().chain(hosts.iter().cloned());
    let own = CertificateParams::new(names.collect::<Vec<_>>()).context(task)?;
    let key = KeyPair::generate().context(task)?;
    let certificate = own.signed_by(&key, &issuer).context(task)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|why| anyhow::anyhow!("{task}: {why}"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context(task)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .context(task)?;
    Ok(Arc::new(config))
}
