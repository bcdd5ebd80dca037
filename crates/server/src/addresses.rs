//! Where a running server listens, for scripts and tests: `addresses.json` in the data folder.
//!
//! Invariant: the file is whole or absent; a stopped server removes its own.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file's name in the data folder.
pub const ADDRESSES_FILE: &str = "addresses.json";

/// Where a server listens, with the ports it was given where it asked for any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// `http` or `https`.
    pub scheme: String,
    /// The page, the API and OTLP/HTTP.
    pub listen: SocketAddr,
    /// OTLP/gRPC, unless off.
    pub otlp_grpc: Option<SocketAddr>,
    /// OTLP/HTTP, unless off.
    pub otlp_http: Option<SocketAddr>,
    /// The process that listens.
    pub pid: u32,
}

impl Addresses {
    /// The address of the page and the API as a browser on this machine writes it.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.url(self.listen)
    }

    /// An address as a client on this machine writes it.
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        let ip = match address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        format!("{}://{}", self.scheme, SocketAddr::new(ip, address.port()))
    }

    /// Reads the file of a running server.
    ///
    /// # Errors
    /// Where there is none, or it is not ours.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let text = std::fs::read(folder.join(ADDRESSES_FILE))?;
        serde_json::from_slice(&text).map_err(io::Error::other)
    }

    /// Writes the file, whole at once.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let temporary = folder.join(format!("{ADDRESSES_FILE}.new"));
        std::fs::write(&temporary, text)?;
        std::fs::rename(temporary, folder.join(ADDRESSES_FILE))
    }

    /// Removes the file, unless another server has written its own since.
    pub(crate) fn remove(&self, folder: &Path) {
        if Self::read(folder).is_ok_and(|found| found == *self)
            && let Err(error) = std::fs::remove_file(folder.join(ADDRESSES_FILE))
        {
            tracing::warn!(%error, "could not remove {ADDRESSES_FILE}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_round_trips_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let addresses = Addresses {
            scheme: "http".to_owned(),
            listen: "0.0.0.0:7070".parse().unwrap(),
            otlp_grpc: Some("[::]:4317".parse().unwrap()),
            otlp_http: None,
            pid: 1,
        };
        addresses.write(folder.path()).unwrap();
        assert_eq!(Addresses::read(folder.path()).unwrap(), addresses);
        assert_eq!(addresses.base_url(), "http://127.0.0.1:7070");
        assert_eq!(addresses.url(addresses.otlp_grpc.unwrap()), "http://[::1]:4317");
        let other = Addresses { pid: 2, ..addresses.clone() };
        other.remove(folder.path());
        assert!(folder.path().join(ADDRESSES_FILE).exists());
        addresses.remove(folder.path());
        assert!(!folder.path().join(ADDRESSES_FILE).exists());
    }
}
