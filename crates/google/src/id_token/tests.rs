//! Tokens that must not get in, and the few that may.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{RngCore as _, SeedableRng as _};
use rsa::pkcs1v15::SigningKey;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::json;

use super::*;

const CLIENT: &str = "roomly.apps.googleusercontent.com";
const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: i64 = 1_795_000_000;

/// `rsa` speaks an older `rand_core` than the rest.
struct Seeded(rand_chacha::ChaCha20Rng);

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

fn made(seed: u64, bits: usize) -> rsa::RsaPrivateKey {
    let mut rng = Seeded(rand_chacha::ChaCha20Rng::seed_from_u64(seed));
    rsa::RsaPrivateKey::new(&mut rng, bits).unwrap()
}

/// The published key, and one that nobody published.
fn key(published: bool) -> &'static rsa::RsaPrivateKey {
    static KEYS: [OnceLock<rsa::RsaPrivateKey>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[usize::from(published)].get_or_init(|| made(u64::from(published), 2048))
}

fn jwk(kid: &str, key: &rsa::RsaPrivateKey) -> Value {
    json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()), "e": URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
    })
}

fn keys() -> KeySet {
    KeySet::parse(json!({ "keys": [jwk("k1", key(true))] }).to_string().as_bytes()).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed_by(key: &rsa::RsaPrivateKey, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let signature = SigningKey::<Sha256>::new(key.clone()).sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" })
}

fn claims() -> Value {
    json!({
        "iss": "https://accounts.google.com", "azp": CLIENT, "aud": CLIENT, "sub": "110248495921238986420",
        "hd": "hanbit.example", "email": "mina@hanbit.example", "email_verified": true, "nonce": NONCE,
        "name": "김민아", "iat": NOW - 5, "exp": NOW + 3_595,
    })
}

fn with(mut value: Value, name: &str, field: Value) -> Value {
    value[name] = field;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

fn verified(token: &str) -> Result<Identity, AuthFailure> {
    let expected = Expected { client_id: CLIENT, nonce: NONCE, now: Instant::from_secs(NOW) };
    verify(token, &keys(), expected)
}

fn good(header: &Value, claims: &Value) -> Identity {
    verified(&signed_by(key(true), header, claims)).unwrap()
}

#[test]
fn good_ones_get_in() {
    let whole = good(&header(), &claims());
    assert_eq!(whole.sub, "110248495921238986420");
    assert_eq!(whole.email, "mina@hanbit.example");
    assert_eq!(whole.name.as_deref(), Some("김민아"));
    assert_eq!(whole.hosted_domain.as_deref(), Some("hanbit.example"));

    assert_eq!(good(&header(), &without(claims(), "hd")).hosted_domain, None, "a personal account");
    good(&header(), &with(claims(), "email_verified", json!("true")));
    good(&header(), &with(claims(), "iss", json!("accounts.google.com")));
    good(&header(), &with(claims(), "aud", json!([CLIENT])));
    good(&header(), &with(claims(), "aud", json!([CLIENT, "other"])));
    good(&header(), &without(claims(), "azp"));
    good(&without(header(), "typ"), &claims());
    good(&header(), &with(claims(), "exp", json!(NOW - 59)));
    good(&header(), &with(claims(), "iat", json!(NOW + 60)));
    assert_eq!(good(&header(), &without(claims(), "name")).name, None);
    assert_eq!(
        good(&header(), &with(claims(), "hd", json!("Hanbit.Example"))).hosted_domain.as_deref(),
        Some("hanbit.example")
    );
}

#[test]
fn bad_claims_stay_out() {
    for (name, value, why) in [
        ("iss", json!("https://accounts.google.com.evil.example"), "iss"),
        ("iss", json!("http://accounts.google.com"), "iss"),
        ("iss", Value::Null, "iss"),
        ("iss", json!(["https://accounts.google.com"]), "iss"),
        ("aud", json!("another.apps.googleusercontent.com"), "aud"),
        ("aud", json!(["another"]), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", Value::Null, "aud"),
        ("azp", json!("another.apps.googleusercontent.com"), "azp"),
        ("nonce", json!("other"), "nonce"),
        ("nonce", json!(""), "nonce"),
        ("nonce", Value::Null, "nonce"),
        ("nonce", json!(format!("{NONCE}x")), "nonce"),
        ("exp", json!(NOW - 60), "exp"),
        ("exp", json!(NOW - 3_600), "exp"),
        ("exp", Value::Null, "exp"),
        ("exp", json!("2099-01-01"), "time"),
        ("exp", json!(1e300), "time"),
        ("iat", json!(NOW + 61), "iat: clock"),
        ("iat", Value::Null, "iat"),
        ("nbf", json!(NOW + 61), "nbf"),
        ("sub", json!(""), "sub"),
        ("sub", Value::Null, "sub"),
        ("sub", json!(5), "sub"),
        ("sub", json!("1".repeat(256)), "sub"),
        ("sub", json!("김"), "sub"),
        ("email_verified", json!(false), "email_verified"),
        ("email_verified", json!("false"), "email_verified"),
        ("email_verified", json!(1), "email_verified"),
        ("email_verified", Value::Null, "email_verified"),
        ("email", Value::Null, "email"),
        ("email", json!(""), "email"),
        ("hd", json!(""), "hd"),
        ("hd", json!(["hanbit.example"]), "hd"),
        ("hd", json!(true), "hd"),
    ] {
        let token = signed_by(key(true), &header(), &with(claims(), name, value.clone()));
        assert_eq!(verified(&token), Err(AuthFailure::BadIdToken { why }), "{name}: {value}");
    }
    let several = without(with(claims(), "aud", json!([CLIENT, "other"])), "azp");
    let token = signed_by(key(true), &header(), &several);
    assert_eq!(verified(&token), Err(AuthFailure::BadIdToken { why: "azp" }));
    // A sign-in without a nonce of ours is none.
    let token = signed_by(key(true), &header(), &with(claims(), "nonce", json!("")));
    let expected = Expected { client_id: CLIENT, nonce: "", now: Instant::from_secs(NOW) };
    assert_eq!(verify(&token, &keys(), expected), Err(AuthFailure::BadIdToken { why: "nonce" }));
}

#[test]
fn bad_signatures_stay_out() {
    let refused = |token: &str| match verified(token) {
        Err(AuthFailure::BadIdToken { why }) => why,
        other => panic!("{other:?}"),
    };
    let token = signed_by(key(true), &header(), &claims());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let message_of = |header: &Value| format!("{}.{}", part(header), part(&claims()));

    // No signature at all, by its own word or not.
    assert_eq!(refused(&format!("{}.", message_of(&with(header(), "alg", json!("none"))))), "header");
    assert_eq!(refused(&format!("{message}.")), "signature");

    // HS256 with the public key as the secret, in the forms it could be taken.
    for secret in
        [URL_SAFE_NO_PAD.encode(key(true).n().to_bytes_be()).into_bytes(), key(true).n().to_bytes_be()]
    {
        let header =
            jsonwebtoken::Header { kid: Some("k1".into()), ..jsonwebtoken::Header::new(Algorithm::HS256) };
        let secret = jsonwebtoken::EncodingKey::from_secret(&secret);
        assert_eq!(refused(&jsonwebtoken::encode(&header, &claims(), &secret).unwrap()), "alg");
    }

    // Other algorithms of the same family.
    for alg in ["RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        assert_eq!(refused(&signed_by(key(true), &with(header(), "alg", json!(alg)), &claims())), "alg");
    }

    // Somebody else's key under a published kid; a kid that nobody published; none.
    assert_eq!(refused(&signed_by(key(false), &header(), &claims())), "signature");
    assert_eq!(refused(&signed_by(key(false), &with(header(), "kid", json!("k2")), &claims())), "kid");
    assert_eq!(refused(&signed_by(key(true), &without(header(), "kid"), &claims())), "kid");
    assert_eq!(refused(&signed_by(key(true), &with(header(), "kid", json!("../k1")), &claims())), "kid");

    // A header that brings its own key, or points to one, even where the signature is good.
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("jwk", jwk("k1", key(false))),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        assert_eq!(refused(&signed_by(key(true), &with(header(), name, value), &claims())), "header key");
    }
    assert_eq!(
        refused(&signed_by(key(true), &with(header(), "crit", json!(["exp"])), &claims())),
        "header extension"
    );
    assert_eq!(refused(&signed_by(key(true), &with(header(), "typ", json!("at+jwt")), &claims())), "typ");

    // Claims changed after signing; signatures cut, doubled, of another token.
    let forged = part(&with(claims(), "email", json!("ceo@hanbit.example")));
    let header_part = message.split('.').next().unwrap();
    assert_eq!(refused(&format!("{header_part}.{forged}.{signature}")), "signature");
    assert_eq!(refused(&token[..token.len() - 8]), "signature");
    assert_eq!(refused(&format!("{token}{signature}")), "signature");

    // No tokens.
    for garbage in ["", ".", "..", "...", "a.b.c", "김.민.아", "e30.e30.e30", "{}", "null"] {
        assert_eq!(refused(garbage), "header", "{garbage}");
    }
    assert_eq!(refused(&format!("{token}.{token}")), "header");
    assert_eq!(refused(&"a".repeat(20_000)), "size");
    let no_object = signed_by(key(true), &header(), &json!(["sub"]));
    assert!(matches!(verified(&no_object), Err(AuthFailure::BadIdToken { .. })));
}

#[test]
fn refusals_do_not_tell_what_was_in_the_token() {
    let token = signed_by(key(false), &header(), &claims());
    let told = format!("{:?}", verified(&token));
    assert!(!told.contains("mina") && !told.contains(&token[..20]), "{told}");
}

#[test]
fn only_usable_keys_are_taken() {
    let good = jwk("k1", key(true));
    for (name, value) in [
        ("kty", json!("EC")),
        ("alg", json!("RS512")),
        ("use", json!("enc")),
        ("kid", Value::Null),
        ("n", json!("!!")),
        ("n", json!(URL_SAFE_NO_PAD.encode([255u8; 128]))),
        ("e", Value::Null),
    ] {
        let set = json!({ "keys": [with(good.clone(), name, value)] });
        assert!(KeySet::parse(set.to_string().as_bytes()).is_none(), "{name}");
    }
    let set = json!({ "keys": [null, 5, { "kty": "EC" }, without(without(good, "alg"), "use")] });
    assert!(KeySet::parse(set.to_string().as_bytes()).unwrap().get("k1").is_some());
    for nothing in ["", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]}", "<html>"] {
        assert!(KeySet::parse(nothing.as_bytes()).is_none());
    }
}
