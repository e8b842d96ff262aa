//! Key files, assertions and refusals, against a server that says what it is told to.

use std::sync::OnceLock;

use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::{RsaPrivateKey, RsaPublicKey};
use sync::port::IdentityPort as _;

use super::*;
use crate::config::GoogleConfig;
use crate::testing::{Say, serve};

const MINA: &str = "mina@hanbit.example";

/// Making one takes a moment: all tests share it.
fn key() -> &'static RsaPrivateKey {
    static KEY: OnceLock<RsaPrivateKey> = OnceLock::new();
    KEY.get_or_init(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2_048).unwrap())
}

fn file() -> Value {
    json!({
        "type": "service_account",
        "client_email": "roomly@roomly-demo.iam.gserviceaccount.com",
        "client_id": "104857600000000000017",
        "private_key_id": "k1",
        "private_key": key().to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

fn account() -> ServiceAccount {
    ServiceAccount::read(&file().to_string()).unwrap()
}

fn now() -> Instant {
    Instant::from_secs(1_795_000_000)
}

#[test]
fn an_assertion_says_who_acts_for_whom_and_proves_it() {
    let assertion = account().assertion(MINA, "https://oauth2.googleapis.com/token", now()).unwrap();
    let (message, signature) = assertion.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verifying = VerifyingKey::<Sha256>::new(RsaPublicKey::from(key()));
    verifying.verify(message.as_bytes(), &Signature::try_from(signature.as_slice()).unwrap()).unwrap();
    let (head, claims) = message.split_once('.').unwrap();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    assert_eq!(read(head), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
    let claims = read(claims);
    assert_eq!((&claims["sub"], &claims["iss"]), (&json!(MINA), &file()["client_email"]));
    assert_eq!(claims["scope"], SCOPE);
    let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert!(exp - iat <= 3_600 && (iat..exp).contains(&1_795_000_000));
}

#[test]
fn bad_files_are_told_apart() {
    let told = |change: &dyn Fn(&mut Value)| {
        let mut file = file();
        change(&mut file);
        ServiceAccount::read(&file.to_string()).map(|_| ()).unwrap_err()
    };
    assert_eq!(ServiceAccount::read("-----BEGIN").map(|_| ()), Err(KeyFileError::NotAKey));
    assert_eq!(
        told(&|file| drop(file.as_object_mut().unwrap().remove("client_email"))),
        KeyFileError::NotAKey
    );
    assert_eq!(told(&|file| file["type"] = json!("authorized_user")), KeyFileError::OtherType);
    for key in ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        assert_eq!(told(&|file| file["private_key"] = json!(key)), KeyFileError::PrivateKey);
    }
    assert!(!format!("{:?}", account()).contains("PRIVATE"));
}

async fn asked(status: u16, body: &str) -> Result<Delegated, DelegationFailure> {
    let say = Say::Answer(status, "Content-Type: application/json\r\n", body.to_owned());
    let (root, served) = serve(vec![say]);
    let google = GoogleClient::new(GoogleConfig {
        api_root: None,
        oauth_root: Some(root),
        client_id: "client".into(),
        client_secret: Secret("secret".into()),
    });
    let google = google.unwrap().with_service_account(account());
    let answer = google.act_as(MINA, now()).await;
    let request = served.join().unwrap().remove(0);
    assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
    answer
}

#[tokio::test]
async fn a_token_lives_as_long_as_google_says() {
    let token = asked(200, r#"{"access_token":"ya29.c.x","expires_in":3599,"token_type":"Bearer"}"#).await;
    let token = token.unwrap();
    assert_eq!((token.access.0.as_str(), token.expires), ("ya29.c.x", now().plus_secs(3_599)));
    assert!(matches!(asked(200, "<html>").await, Err(DelegationFailure::Unavailable { .. })));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let not = |reason: &str| DelegationFailure::NotDelegated { reason: reason.into() };
    let bad = |reason: &str| DelegationFailure::BadKey { reason: reason.into() };
    let timeframe =
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
    for (status, word, description, expected) in [
        (401, "unauthorized_client", "Unauthorized client or scope in request.", not("unauthorized_client")),
        (403, "access_denied", "Requested client not authorized.", not("access_denied")),
        (400, "invalid_grant", "Not a valid email", DelegationFailure::UnknownSubject),
        (400, "invalid_grant", "Invalid email or User ID", DelegationFailure::UnknownSubject),
        (400, "invalid_grant", timeframe, DelegationFailure::Clock),
        (400, "invalid_grant", "Invalid JWT Signature.", bad("invalid_grant")),
        (401, "disabled_client", "The OAuth client was disabled.", bad("disabled_client")),
        (503, "backend", "", DelegationFailure::Unavailable { detail: "backend".into() }),
    ] {
        let body = json!({ "error": word, "error_description": description }).to_string();
        assert_eq!(asked(status, &body).await.unwrap_err(), expected, "{word} {description}");
    }
}

#[tokio::test]
async fn without_a_key_file_nobody_is_asked() {
    let google = GoogleClient::new(GoogleConfig {
        api_root: None,
        oauth_root: Some("http://127.0.0.1:1".into()),
        client_id: "client".into(),
        client_secret: Secret("secret".into()),
    });
    let google = google.unwrap();
    assert!(!google.has_service_account());
    assert_eq!(google.act_as(MINA, now()).await.unwrap_err(), DelegationFailure::NoAccount);
}

#[test]
fn what_a_service_account_asks_counts_for_whom_it_acts() {
    let config = GoogleConfig {
        api_root: Some("http://127.0.0.1:1".into()),
        oauth_root: None,
        client_id: "client".into(),
        client_secret: Secret("secret".into()),
    };
    let google = GoogleClient::new(config).unwrap();
    let ask = |uri: &str| Request::get(uri).body(Bytes::new()).unwrap();
    let (one, other) = (Secret("one".into()), Secret("other".into()));
    let target =
        |google: &GoogleClient, uri: &str, token| google.counted(ask(uri), token).unwrap().uri().to_string();
    assert_eq!(target(&google, "http://x/a", &one), "http://x/a", "people count for themselves");
    let google = google.with_service_account(account());
    let named = target(&google, "http://x/a", &one);
    let (_, name) = named.split_once("/a?quotaUser=").unwrap();
    assert_eq!((name.len(), name.contains("one")), (40, false));
    assert_ne!(named, target(&google, "http://x/a", &other));
    assert_eq!(target(&google, "http://x/a?b=1", &one), format!("http://x/a?b=1&quotaUser={name}"));
}
