//! An authority of our own, and the certificate that it signs for a server. Both are made at the
//! start and gone at the end; what is written to a file is the authority's certificate, no key.

use std::fs;
use std::path::Path;

use anyhow::Context;
use common::printable::printable_path;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Makes them, and writes the authority's certificate to `ca_file`. The server's is for this host,
/// and for `hosts`.
///
/// # Errors
/// A host is no name for a certificate, or the file cannot be written.
pub fn make(ca_file: Option<&Path>, hosts: &[String]) -> anyhow::Result<(Certificate, KeyPair)> {
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
    Ok((certificate, key))
}
