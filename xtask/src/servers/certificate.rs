//! A certificate for a server on loopback, and the authority that a client has to be told of.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::let_everybody;

/// How a server encrypts.
#[derive(Clone, Copy)]
pub(crate) enum Tls<'a> {
    /// Not at all.
    None,
    /// When the client asks for it: AUTH TLS, STARTTLS.
    Explicit(&'a Certificate),
    /// From the first byte on.
    Implicit(&'a Certificate),
}

impl<'a> Tls<'a> {
    /// What the server shows, if it encrypts.
    pub(crate) fn certificate(self) -> Option<&'a Certificate> {
        match self {
            Tls::None => None,
            Tls::Explicit(certificate) | Tls::Implicit(certificate) => Some(certificate),
        }
    }
}

/// The name that the certificate is for, beside the address of loopback.
const NAME: &str = "localhost";

/// The files that hold a certificate and what belongs to it, as PEM.
pub(crate) struct Certificate {
    folder: TempDir,
}

impl Certificate {
    /// Makes an authority, and lets it certify a server called `localhost` or `127.0.0.1`.
    pub(crate) fn new() -> Result<Certificate> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::new([])?;
        let name = "netdozen's authority for a few minutes";
        authority.distinguished_name.push(DnType::CommonName, name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_certificate = authority.self_signed(&authority_key)?;

        let key = KeyPair::generate()?;
        let names = [NAME, "127.0.0.1"].map(str::to_owned);
        let issuer = Issuer::new(authority, authority_key);
        let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;

        let folder = harness::temp_dir();
        // Some servers read the key when they are no longer root. It is good for a few minutes only.
        let_everybody(folder.path(), 0o755)?;
        let made = Certificate { folder };
        let write = |path: PathBuf, text: String| {
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            let_everybody(&path, 0o644)
        };
        write(made.authority(), authority_certificate.pem())?;
        write(made.chain(), certificate.pem())?;
        write(made.key(), key.serialize_pem())?;
        Ok(made)
    }

    /// What a client has to trust.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What the server shows.
    pub(crate) fn chain(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    /// What the server alone has.
    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("server.key")
    }
}
