//! How long keys are kept and how often they are asked for.

use super::*;
use crate::Transport;
use crate::testing::{Say, serve};
use rsa::traits::PublicKeyParts as _;
use serde_json::json;

/// A modulus is all that a key set looks at; nothing is verified here.
fn set(kid: &str) -> Value {
    let n = rsa::BigUint::from_bytes_be(&[0xff; 256]);
    let key = rsa::RsaPublicKey::new_unchecked(n, rsa::BigUint::from(65_537u32));
    json!({ "keys": [{
        "kty": "RSA", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()), "e": URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
    }]})
}

fn answer(kid: &str) -> Say {
    Say::Answer(200, "Cache-Control: public, max-age=600, must-revalidate\r\n", set(kid).to_string())
}

fn at(secs: i64) -> Instant {
    Instant::from_secs(secs)
}

#[test]
fn lifetimes() {
    for (value, expected) in [
        ("public, max-age=22000, must-revalidate, no-transform", 22_000),
        ("MAX-AGE=5", 5),
        ("max-age=\"7\"", 7),
        ("max-age=-1", 0),
        ("max-age=soon", DEFAULT_LIFE_SECS),
        ("max-age=99999999", LONGEST_LIFE_SECS),
        ("no-store", 0),
        ("no-cache, max-age=100", 0),
        ("", DEFAULT_LIFE_SECS),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, value.parse().unwrap());
        assert_eq!(life_secs(&headers), expected, "{value}");
    }
    assert_eq!(life_secs(&HeaderMap::new()), DEFAULT_LIFE_SECS);
}

#[tokio::test]
async fn a_rotation_is_noticed_and_asking_is_limited() {
    let (root, served) = serve(vec![answer("k1"), answer("k2")]);
    let jwks = Jwks::new(root);
    let transport = Transport::new(true).unwrap();
    let has = async |kid: &str, now| jwks.keys(&transport, kid, at(now)).await.unwrap().get(kid).is_some();
    assert!(has("k1", 0).await);
    assert!(has("k1", 599).await, "cached");
    // The clock is set back: nothing is asked, and an unknown kid is not found among what is known.
    assert!(!has("k2", 30).await, "within a minute of asking");
    assert!(has("k2", 60).await, "asked again");
    assert!(!has("k3", 90).await);
    assert_eq!(served.join().unwrap().len(), 2);
}

#[tokio::test]
async fn an_outage_is_survived_until_the_keys_are_too_old() {
    let (root, served) = serve(vec![
        answer("k1"),
        Say::Answer(503, "", String::new()),
        Say::Answer(200, "", "<html>".into()),
        answer("k1"),
    ]);
    let jwks = Jwks::new(root);
    let transport = Transport::new(true).unwrap();
    let ask = async |kid: &str, now| jwks.keys(&transport, kid, at(now)).await;
    assert!(ask("k1", 0).await.is_ok());
    assert!(matches!(ask("k9", 100).await, Err(AuthFailure::Unavailable { .. })));
    assert!(ask("k1", 599).await.unwrap().get("k1").is_some(), "still good");
    assert!(matches!(ask("k1", 600).await, Err(AuthFailure::Unavailable { .. })), "too old");
    assert!(ask("k1", 601).await.unwrap().get("k1").is_some());
    assert_eq!(served.join().unwrap().len(), 4);
}
