//! What is asked of the certificates of targets.
//!
//! Invariant: certificates are checked, unless the settings say in words that they are not.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::config::RawTls;

/// A configuration for connections of a job.
///
/// # Errors
///
/// A file of certificates cannot be used, or the system has no roots and none are given.
pub(crate) fn config(tls: &RawTls) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match tls.insecure_skip_verify {
        true => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate { provider })),
        false => builder.with_root_certificates(roots(tls.ca_file.as_deref())?),
    };
    match (&tls.cert_file, &tls.key_file) {
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let failed = |error: &dyn std::fmt::Display| {
                format!("tls_config: key_file {}: {error}", key.display())
            };
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(&error))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| failed(&error))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn roots(file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            for certificate in certificates(file)? {
                let problem = |error| format!("tls_config: ca_file {}: {error}", file.display());
                roots.add(certificate).map_err(problem)?;
            }
        }
        // Without any, targets over TLS fail when they are scraped, and others do not.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let problem =
        |error: &dyn std::fmt::Display| format!("tls_config: {}: {error}", file.display());
    let found = CertificateDer::pem_file_iter(file).map_err(|error| problem(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| problem(&error))?;
    match found.is_empty() {
        true => Err(problem(&"no certificate, expected PEM")),
        false => Ok(found),
    }
}

/// Takes any certificate, if its holder has the key.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
