//! The server's certificate, as TLS wants it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

use crate::certificate;

/// Makes it, and writes its authority's to `ca_file`.
///
/// # Errors
/// As [`certificate::make`].
pub fn make(ca_file: Option<&Path>, hosts: &[String]) -> anyhow::Result<Arc<ServerConfig>> {
    let task = "cannot make a certificate";
    let (certificate, key) = certificate::make(ca_file, hosts)?;
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
