//! An authority of the server's own, and the certificate that it signs for it. They are made at the
//! start and gone at the end; the library reads the server's from files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use common::printable::printable_path;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// The server's certificate and its key, as files in a folder that is ours alone.
pub(super) struct Certificate(TempDir);

impl Certificate {
    /// Makes both, and writes the authority's certificate to `ca_file`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn make(ca_file: Option<&Path>) -> anyhow::Result<Self> {
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

        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let own = CertificateParams::new(names).context(task)?;
        let key = KeyPair::generate().context(task)?;
        let certificate = own.signed_by(&key, &issuer).context(task)?;
        let folder = Certificate(tempfile::tempdir().context(task)?);
        fs::write(folder.chain(), certificate.pem()).context(task)?;
        fs::write(folder.key(), key.serialize_pem()).context(task)?;
        Ok(folder)
    }

    /// The certificate.
    pub(super) fn chain(&self) -> PathBuf {
        self.0.path().join("chain.pem")
    }

    /// Its key.
    pub(super) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }
}
