//! Google's published signing keys, cached as long as their answer allows.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, Method};
use jsonwebtoken::DecodingKey;
use model::Instant;
use serde_json::Value;
use sync::port::AuthFailure;
use tokio::sync::Mutex;

use crate::transport::{BODY_CAP, Carrier};
use crate::wire::{self, text};

/// Where the answer names no lifetime (seconds).
const DEFAULT_LIFE_SECS: i64 = 3_600;
/// Keys rotate; no answer is believed for longer.
const LONGEST_LIFE_SECS: i64 = 86_400;
/// An unknown `kid` makes us ask again at most this often (seconds, F-091).
const ASK_AGAIN_SECS: i64 = 60;
/// Bytes of the shortest modulus that is believed in: 2048 bits.
const SHORTEST_MODULUS: usize = 256;

/// RSA keys by `kid`.
#[derive(Clone, Default)]
pub struct KeySet(BTreeMap<String, DecodingKey>);

impl KeySet {
    /// Reads a JWK set; what is no RS256 signing key with an id is left out. `None` where there is no usable key.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let keys: BTreeMap<_, _> = body["keys"].as_array()?.iter().filter_map(read_key).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid)
    }
}

fn read_key(key: &Value) -> Option<(String, DecodingKey)> {
    let is = |name: &str, wanted: &str| text(key, name).is_none_or(|value| value == wanted);
    if text(key, "kty") != Some("RSA") || !is("alg", "RS256") || !is("use", "sig") {
        return None;
    }
    let modulus = text(key, "n")?;
    if URL_SAFE_NO_PAD.decode(modulus).ok()?.len() < SHORTEST_MODULUS {
        return None;
    }
    let decoding = DecodingKey::from_rsa_components(modulus, text(key, "e")?).ok()?;
    Some((text(key, "kid")?.to_owned(), decoding))
}

/// The cache. Its lock is held while asking, so that many sign-ins ask once.
pub(crate) struct Jwks {
    address: String,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: KeySet,
    /// Usable before this instant.
    until: Option<Instant>,
    asked: Option<Instant>,
}

impl Cache {
    fn fresh(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Whether an unknown `kid` may make us ask. A clock that was set back does not lock us out.
    fn may_ask(&self, now: Instant) -> bool {
        self.asked
            .is_none_or(|asked| now.since(asked).unsigned_abs() >= ASK_AGAIN_SECS.unsigned_abs() * 1_000_000)
    }
}

impl Jwks {
    pub(crate) fn new(address: String) -> Self {
        Self { address, cache: Mutex::new(Cache::default()) }
    }

    /// Keys among which `kid` should be. They may lack it; then the token is refused.
    pub(crate) async fn keys(
        &self,
        carrier: &dyn Carrier,
        kid: &str,
        now: Instant,
    ) -> Result<KeySet, AuthFailure> {
        let mut cache = self.cache.lock().await;
        let fresh = cache.fresh(now);
        if fresh && (cache.keys.get(kid).is_some() || !cache.may_ask(now)) {
            return Ok(cache.keys.clone());
        }
        cache.asked = Some(now);
        let (keys, life_secs) = self.ask(carrier).await?;
        cache.keys = keys;
        cache.until = Some(now.plus_secs(life_secs));
        Ok(cache.keys.clone())
    }

    async fn ask(&self, carrier: &dyn Carrier) -> Result<(KeySet, i64), AuthFailure> {
        let unavailable = |detail: String| AuthFailure::Unavailable { detail };
        let request = wire::request(Method::GET, &self.address, "", &[], None)
            .map_err(|_| unavailable("keys: no address".to_owned()))?;
        let response =
            carrier.carry(request, BODY_CAP).await.map_err(|error| unavailable(format!("keys: {error}")))?;
        if !response.status().is_success() {
            return Err(unavailable(format!("keys: http {}", response.status().as_u16())));
        }
        let life_secs = life_secs(response.headers());
        let keys =
            KeySet::parse(response.body()).ok_or_else(|| unavailable("keys: unreadable".to_owned()))?;
        Ok((keys, life_secs))
    }
}

/// Seconds by `Cache-Control`.
fn life_secs(headers: &HeaderMap) -> i64 {
    let directives = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut life = DEFAULT_LIFE_SECS;
    for directive in directives.split(',').map(|directive| directive.trim().to_ascii_lowercase()) {
        match directive.split_once('=') {
            None if directive == "no-store" || directive == "no-cache" => return 0,
            Some(("max-age", secs)) => life = secs.trim_matches('"').parse().unwrap_or(DEFAULT_LIFE_SECS),
            _ => {}
        }
    }
    life.clamp(0, LONGEST_LIFE_SECS)
}

#[cfg(test)]
mod tests;
