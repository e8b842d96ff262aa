//! `REDIS_URL`: what redis takes, and `sslrootcert` besides, as in PostgreSQL's addresses.

use redis::{Client, TlsCertificates};
use thiserror::Error;
use url::Url;

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadAddress {
    #[error("REDIS_URL cannot be used: it must look like redis://host:6379, or rediss://host:6379 for TLS")]
    Form,
    #[error("REDIS_URL names by sslrootcert a file that cannot be read: {0}")]
    NoFile(std::io::ErrorKind),
    #[error("REDIS_URL names by sslrootcert a file that holds no certificates, or is not rediss://")]
    NoCertificate,
}

/// A client for `redis://` or `rediss://`. Certificates are checked against the authorities inside the program, or
/// against those of the file that `?sslrootcert=` names; always: `#insecure`, which redis knows, is refused.
pub(crate) fn client(address: &str) -> Result<Client, BadAddress> {
    let url = Url::parse(address).map_err(|_| BadAddress::Form)?;
    if url.fragment().is_some() {
        return Err(BadAddress::Form);
    }
    let client = Client::open(url.as_str()).map_err(|_| BadAddress::Form)?;
    let Some((_, file)) = url.query_pairs().find(|(name, _)| name == "sslrootcert") else {
        return Ok(client);
    };
    let pem = std::fs::read(file.as_ref()).map_err(|error| BadAddress::NoFile(error.kind()))?;
    if !pem.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
        return Err(BadAddress::NoCertificate);
    }
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem) };
    Client::build_with_tls(url.as_str(), certificates).map_err(|_| BadAddress::NoCertificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Option<BadAddress> {
        client(address).err()
    }

    #[test]
    fn addresses_are_read() {
        for good in ["redis://h", "redis://h:1/2", "redis://u:p%40@h", "rediss://h:1", "redis://[::1]:6379"] {
            assert_eq!(refused(good), None, "{good}");
        }
        for bad in ["", "h:6379", "http://h", "redis://", "redis://h/x", "rediss://h/#insecure", "redis://h#"]
        {
            assert_eq!(refused(bad), Some(BadAddress::Form), "{bad}");
        }
    }

    #[test]
    fn the_file_of_authorities_has_to_be_one() {
        let missing = refused("rediss://h?sslrootcert=/nowhere/ca.pem");
        assert_eq!(missing, Some(BadAddress::NoFile(std::io::ErrorKind::NotFound)));
        let manifest = concat!("rediss://h?sslrootcert=", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert_eq!(refused(manifest), Some(BadAddress::NoCertificate));
    }
}
