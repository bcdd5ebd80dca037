//! TLS from PEM files: rustls with ring, TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN.

use std::path::PathBuf;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

use crate::config::TlsConfig;

/// Why the certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is no PEM of the right kind.
    #[error("{setting} = {path:?}: {reason}; expected a PEM file with {expected}")]
    File {
        /// The setting that names the file.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Certificate and key that rustls refuses.
    #[error("the certificate and key of tls.cert and tls.key cannot be used: {0}")]
    Pair(#[from] tokio_rustls::rustls::Error),
}

/// Reads the files and makes what turns connections into TLS ones.
pub(crate) fn acceptor(tls: &TlsConfig) -> Result<TlsAcceptor, TlsError> {
    let file_error = |setting, path: &PathBuf, expected| {
        let path = path.clone();
        move |error: rustls_pki_types::pem::Error| TlsError::File {
            setting,
            path,
            reason: error.to_string(),
            expected,
        }
    };
    let chain = CertificateDer::pem_file_iter(&tls.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file_error("tls.cert", &tls.cert, "a certificate chain, leaf first"))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(file_error(
        "tls.key",
        &tls.key,
        "one private key",
    ))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
