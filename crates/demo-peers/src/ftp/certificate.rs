//! The server's certificate, which the library reads from files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

use crate::certificate;

/// The server's certificate and its key, as files in a folder that is ours alone.
pub(super) struct Certificate(TempDir);

impl Certificate {
    /// Makes both, and writes the authority's certificate to `ca_file`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn make(ca_file: Option<&Path>) -> anyhow::Result<Self> {
        let (certificate, key) = certificate::make(ca_file, &[])?;
        let task = "cannot keep the certificate";
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
