//! The RSA keys that sign id tokens. Made once per process and generation, from a seed, so that tests are fast and runs
//! repeat.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use rsa::sha2::{Digest as _, Sha256};
use rsa::signature::{Keypair as _, SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

const BITS: usize = 2048;

/// A signing key and its public half.
pub(super) struct Key {
    pub(super) kid: String,
    pub(super) jwk: Value,
    signing: SigningKey<Sha256>,
}

impl Key {
    pub(super) fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        self.signing.sign(message).to_vec()
    }

    /// Whether this key made the signature.
    pub(super) fn verifies(&self, message: &str, signature: &[u8]) -> bool {
        let signature = rsa::pkcs1v15::Signature::try_from(signature);
        signature.is_ok_and(|made| self.signing.verifying_key().verify(message.as_bytes(), &made).is_ok())
    }

    /// The private half as PKCS #8 in PEM; empty only if it cannot be written, which does not happen.
    pub(super) fn pem(&self) -> String {
        let pem = self.signing.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF);
        pem.map(|pem| pem.to_string()).unwrap_or_default()
    }

    /// The public half as `SubjectPublicKeyInfo` in DER.
    pub(super) fn public_der(&self) -> Vec<u8> {
        let der = self.signing.verifying_key().to_public_key_der();
        der.map(|der| der.into_vec()).unwrap_or_default()
    }

    pub(super) fn sign(&self, message: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.signing.sign(message.as_bytes()).to_bytes())
    }
}

/// `rsa` speaks an older `rand_core` than the rest.
struct Seeded(ChaCha20Rng);

impl rsa::rand_core::RngCore for Seeded {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, target: &mut [u8]) {
        self.0.fill_bytes(target);
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill_bytes(target);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Seeded {}

/// The key of a generation; none only if the seed gives no key, which no seed in use does.
pub(super) fn key(generation: u64) -> Option<Arc<Key>> {
    static KEYS: OnceLock<Mutex<BTreeMap<u64, Arc<Key>>>> = OnceLock::new();
    let keys = KEYS.get_or_init(Mutex::default);
    let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = keys.get(&generation) {
        return Some(key.clone());
    }
    let mut rng = Seeded(ChaCha20Rng::seed_from_u64(generation.wrapping_add(0x726f_6f6d)));
    let private = rsa::RsaPrivateKey::new(&mut rng, BITS).ok()?;
    let n = private.n().to_bytes_be();
    let kid: String = Sha256::digest(&n).iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    let jwk = json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(&n), "e": URL_SAFE_NO_PAD.encode(private.e().to_bytes_be()),
    });
    let key = Arc::new(Key { kid, jwk, signing: SigningKey::new(private) });
    keys.insert(generation, key.clone());
    Some(key)
}
