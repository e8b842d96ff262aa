//! Secrets: sealing what must be kept, hashing what must only be recognised.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    #[error("a key must be 32 bytes in base64")]
    BadKey,
    #[error("no key was given")]
    NoKey,
    #[error("a stored secret was sealed with a key that is not configured")]
    UnknownKey,
    #[error("a stored secret does not open: it was damaged or belongs to another row")]
    DoesNotOpen,
}

/// Seals with the newest key, opens with any. Ciphertext is `v1.kid.nonce.ct`; tenant, table, column and row are bound
/// in as associated data, so that a ciphertext moved to another row does not open.
pub struct Vault {
    keys: Vec<Key>,
}

struct Key {
    /// The first eight hexadecimal digits of the key's SHA-256: tells keys apart, reveals nothing useful.
    kid: String,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys.len()).finish()
    }
}

impl Vault {
    /// `keys`: base64 (either alphabet), separated by commas, newest first.
    pub fn new(keys: &str) -> Result<Self, VaultError> {
        let keys: Vec<Key> = keys
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(|text| {
                let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
                let bytes = URL_SAFE_NO_PAD.decode(plain).map_err(|_| VaultError::BadKey)?;
                let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| VaultError::BadKey)?;
                Ok(Key { kid: hex(&Sha256::digest(&bytes)[..4]), cipher })
            })
            .collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(VaultError::NoKey) } else { Ok(Self { keys }) }
    }

    /// `nonce` must be random: 192 bits never repeat by chance.
    pub fn seal(&self, nonce: [u8; 24], place: &Place<'_>, plain: &str) -> Result<String, VaultError> {
        let key = self.keys.first().ok_or(VaultError::NoKey)?;
        let payload = Payload { msg: plain.as_bytes(), aad: &place.bytes() };
        let sealed =
            key.cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| VaultError::DoesNotOpen)?;
        Ok(format!("v1.{}.{}.{}", key.kid, URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(sealed)))
    }

    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<String, VaultError> {
        let mut parts = sealed.split('.');
        let (Some("v1"), Some(kid), Some(nonce), Some(text), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::DoesNotOpen);
        };
        let key = self.keys.iter().find(|key| key.kid == kid).ok_or(VaultError::UnknownKey)?;
        let nonce = URL_SAFE_NO_PAD.decode(nonce).map_err(|_| VaultError::DoesNotOpen)?;
        let text = URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::DoesNotOpen)?;
        if nonce.len() != 24 {
            return Err(VaultError::DoesNotOpen);
        }
        let payload = Payload { msg: text.as_slice(), aad: &place.bytes() };
        let plain =
            key.cipher.decrypt(XNonce::from_slice(&nonce), payload).map_err(|_| VaultError::DoesNotOpen)?;
        String::from_utf8(plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

/// Where a ciphertext lives.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub tenant: &'a str,
    pub table: &'a str,
    pub column: &'a str,
    pub row: &'a str,
}

impl Place<'_> {
    /// Length-prefixed, so that no two places spell the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.tenant, self.table, self.column, self.row] {
            bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// A 256-bit secret as text for a URL, cookie or header.
pub(crate) fn token_text(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// What is stored of a high-entropy token: its SHA-256, hexadecimal.
pub fn hash_token(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Compares in time that does not depend on where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "HxwdHhsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
    const HERE: Place<'_> = Place { tenant: "a", table: "credential", column: "refresh", row: "1" };

    #[test]
    fn what_is_sealed_opens_here_and_nowhere_else() {
        let vault = Vault::new(KEY).unwrap();
        let sealed = vault.seal([7; 24], &HERE, "1//refresh").unwrap();
        assert!(sealed.starts_with("v1.") && !sealed.contains("refresh"));
        assert_eq!(vault.open(&HERE, &sealed).unwrap(), "1//refresh");
        for place in
            [Place { tenant: "b", ..HERE }, Place { row: "2", ..HERE }, Place { column: "access", ..HERE }]
        {
            assert_eq!(vault.open(&place, &sealed), Err(VaultError::DoesNotOpen));
        }
    }

    #[test]
    fn keys_rotate() {
        let old = Vault::new(KEY).unwrap();
        let sealed = old.seal([7; 24], &HERE, "x").unwrap();
        let both = Vault::new(&format!("{OTHER}, {KEY}")).unwrap();
        assert_eq!(both.open(&HERE, &sealed).unwrap(), "x");
        assert_eq!(Vault::new(OTHER).unwrap().open(&HERE, &sealed), Err(VaultError::UnknownKey));
        assert!(both.seal([7; 24], &HERE, "x").unwrap() != sealed);
    }

    #[test]
    fn damage_is_noticed() {
        let vault = Vault::new(KEY).unwrap();
        let sealed = vault.seal([7; 24], &HERE, "secret").unwrap();
        for cut in 0..sealed.len() {
            assert!(vault.open(&HERE, &sealed[..cut]).is_err());
        }
        assert!(Vault::new("").is_err());
        assert_eq!(Vault::new("c2hvcnQ=").unwrap_err(), VaultError::BadKey);
    }
}
