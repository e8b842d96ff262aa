//! Sign-in, refresh and revocation on the wire.

use std::collections::BTreeMap;

use super::*;
use crate::config::GoogleConfig;
use crate::testing::{self, Say, serve};
use serde_json::json;
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:3000/auth/callback";

fn client(root: &str) -> GoogleClient {
    GoogleClient::new(GoogleConfig {
        api_root: None,
        oauth_root: Some(root.to_owned()),
        client_id: "client".into(),
        client_secret: Secret("s&cret".into()),
    })
    .unwrap()
}

fn secret(text: &str) -> Secret {
    Secret(text.to_owned())
}

fn now() -> Instant {
    Instant::from_secs(1_000)
}

fn query(authorization: &Authorization) -> BTreeMap<String, String> {
    Url::parse(&authorization.url).unwrap().query_pairs().into_owned().collect()
}

fn form(request: &str) -> BTreeMap<String, String> {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[test]
fn what_a_sign_in_asks() {
    let google = client("http://127.0.0.1:4010");
    let identity = google.authorization(Consent::Identity, REDIRECT, None);
    assert!(identity.url.starts_with("http://127.0.0.1:4010/o/oauth2/v2/auth?"));
    let asked = query(&identity);
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "client");
    assert_eq!(asked["redirect_uri"], REDIRECT);
    assert_eq!(asked["scope"], "openid email profile");
    assert_eq!(asked["prompt"], "select_account");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["state"], identity.state.0);
    assert_eq!(asked["nonce"], identity.nonce.0);
    assert!(!asked.contains_key("access_type") && !asked.contains_key("login_hint"));
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(
        identity.pkce_verifier.0.clone(),
    ));
    assert_eq!(asked["code_challenge"], challenge.as_str());
    assert!((43..=128).contains(&identity.pkce_verifier.0.len()));
    assert!(identity.state.0.len() >= 43 && identity.nonce.0.len() >= 43, "256 bits each");

    let calendar = google.authorization(Consent::Calendar, REDIRECT, Some("mina@hanbit.example"));
    let asked = query(&calendar);
    assert_eq!(asked["scope"], "openid email profile https://www.googleapis.com/auth/calendar.events");
    assert_eq!(asked["access_type"], "offline");
    assert_eq!(asked["include_granted_scopes"], "true");
    assert_eq!(asked["prompt"], "consent");
    assert_eq!(asked["login_hint"], "mina@hanbit.example");
    assert_ne!(calendar.state, identity.state);
    assert_ne!(calendar.nonce, identity.nonce);
    assert_ne!(calendar.pkce_verifier, identity.pkce_verifier);

    let asked = query(&google.authorization(Consent::Company, REDIRECT, None));
    assert_eq!(
        asked["scope"],
        "openid email profile https://www.googleapis.com/auth/calendar \
         https://www.googleapis.com/auth/admin.directory.user.readonly \
         https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly"
    );
}

#[tokio::test]
async fn an_exchange_sends_the_verifier_and_wants_an_id_token() {
    let (root, served) = serve(vec![testing::json(&json!({
        "access_token": "a", "expires_in": 3599, "token_type": "Bearer", "scope": "openid",
    }))]);
    let refused =
        client(&root).exchange("4/c&de", REDIRECT, &secret(&"v".repeat(43)), &secret("n"), now()).await;
    assert_eq!(refused.unwrap_err(), AuthFailure::BadIdToken { why: "absent" });
    let request = served.join().unwrap().remove(0);
    assert!(request.starts_with("POST /token "), "{request}");
    let sent = form(&request);
    assert_eq!(sent["grant_type"], "authorization_code");
    assert_eq!(sent["code"], "4/c&de");
    assert_eq!(sent["code_verifier"], "v".repeat(43));
    assert_eq!(sent["redirect_uri"], REDIRECT);
    assert_eq!((sent["client_id"].as_str(), sent["client_secret"].as_str()), ("client", "s&cret"));
}

#[tokio::test]
async fn a_refresh_keeps_what_google_does_not_repeat() {
    let (root, served) = serve(vec![
        testing::json(
            &json!({ "access_token": "a2", "expires_in": 3599, "token_type": "Bearer", "scope": "x y" }),
        ),
        testing::json(&json!({ "access_token": "a3", "token_type": "bearer", "refresh_token": "r2" })),
    ]);
    let google = client(&root);
    let scopes = ["openid".to_owned()];
    let told = google.refresh(&secret("r1"), &scopes, now()).await.unwrap();
    assert_eq!((told.access.0.as_str(), told.refresh.is_none()), ("a2", true));
    assert_eq!(told.scopes, ["x", "y"]);
    assert_eq!(told.expires, now().plus_secs(3_599));
    let untold = google.refresh(&secret("r1"), &scopes, now()).await.unwrap();
    assert_eq!(untold.scopes, scopes);
    assert_eq!(untold.refresh.unwrap().0, "r2");
    assert_eq!(untold.expires, now().plus_secs(300));
    let sent = form(&served.join().unwrap()[0]);
    assert_eq!((sent["grant_type"].as_str(), sent["refresh_token"].as_str()), ("refresh_token", "r1"));
    assert!(!sent.contains_key("scope"));
}

#[tokio::test]
async fn only_some_refusals_need_the_person() {
    let error =
        |word: &str| json!({ "error": word, "error_description": "Token has been expired or revoked." });
    let answer = |status, body: String| Say::Answer(status, "Content-Type: application/json\r\n", body);
    let html = || "<html>".to_owned();
    for (say, expected) in [
        (answer(400, error("invalid_grant").to_string()), "revoked"),
        (answer(400, error("deleted_client").to_string()), "revoked"),
        (answer(400, error("admin_policy_enforced").to_string()), "revoked"),
        (answer(401, error("invalid_client").to_string()), "misconfigured"),
        (answer(400, error("redirect_uri_mismatch").to_string()), "misconfigured"),
        (answer(400, error("unauthorized_client").to_string()), "misconfigured"),
        (answer(400, error("internal_failure").to_string()), "unavailable"),
        (answer(500, error("invalid_grant").to_string()), "unavailable"),
        (answer(503, html()), "unavailable"),
        (answer(429, html()), "unavailable"),
        (answer(400, html()), "unavailable"),
        (answer(400, String::new()), "unavailable"),
        (answer(200, html()), "unavailable"),
        (answer(200, "{}".to_owned()), "unavailable"),
        (answer(302, String::new()), "unavailable"),
        (Say::Close, "unavailable"),
    ] {
        let (root, served) = serve(vec![say]);
        let failure = client(&root).refresh(&secret("r1"), &[], now()).await.unwrap_err();
        let word = match failure {
            AuthFailure::Revoked { .. } => "revoked",
            AuthFailure::Misconfigured { .. } => "misconfigured",
            AuthFailure::Unavailable { .. } => "unavailable",
            AuthFailure::BadIdToken { .. } => "bad id token",
        };
        assert_eq!(word, expected);
        served.join().unwrap();
    }
}

#[tokio::test]
async fn revoking_what_is_revoked_is_done() {
    let (root, served) = serve(vec![
        Say::Answer(200, "", "{}".into()),
        Say::Answer(400, "", "{\"error\":\"invalid_token\"}".into()),
        Say::Answer(400, "", "{\"error\":\"invalid_request\"}".into()),
        Say::Answer(503, "", String::new()),
    ]);
    let google = client(&root);
    assert_eq!(google.revoke(&secret("t+1")).await, Ok(()));
    assert_eq!(google.revoke(&secret("t+1")).await, Ok(()));
    assert!(matches!(google.revoke(&secret("t+1")).await, Err(AuthFailure::Misconfigured { .. })));
    assert!(matches!(google.revoke(&secret("t+1")).await, Err(AuthFailure::Unavailable { .. })));
    let request = served.join().unwrap().remove(0);
    assert!(request.starts_with("POST /revoke "));
    assert_eq!(form(&request)["token"], "t+1");
}

#[test]
fn tokens_are_not_printed() {
    let answer: TokenAnswer = serde_json::from_value(json!({
        "access_token": "very-secret", "token_type": "Bearer", "refresh_token": "very-secret", "id_token": "very-secret",
    }))
    .unwrap();
    assert!(!format!("{answer:?} {:?}", tokens(&answer, &[], now())).contains("very-secret"));
}
