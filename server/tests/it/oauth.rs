//! Signing in with answers that are not Google's, not this browser's, or used before.

use testkit::{Answer, Browser};

use crate::support::{JOON, MINA, small};

fn refused(browser: &Browser, answer: &Answer, code: &str, why: &str) {
    assert!(answer.status.is_client_error(), "{why}: {}", answer.status);
    assert_eq!(answer.code(), code, "{why}: {}", answer.text());
    assert!(!browser.is_signed_in(), "{why}");
}

fn without(path: &str, name: &str) -> String {
    let (path, query) = path.split_once('?').unwrap();
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
    format!("{path}?{}", kept.join("&"))
}

#[tokio::test]
async fn an_answer_counts_once_and_in_its_own_browser() {
    let house = small().await;
    house.found(MINA).await;

    // Replayed, with the cookie that it was bound to.
    let mut joon = house.browser();
    let back = joon.click(JOON, "identity").await;
    let bound = joon.cookies.clone();
    assert!(joon.get(&back).await.status.is_redirection());
    assert!(joon.is_signed_in());
    let mut replay = house.browser();
    replay.cookies = bound;
    let answer = replay.get(&back).await;
    refused(&replay, &answer, "invalid_state", "replayed");

    // Another browser, with and without a sign-in of its own.
    let back = house.browser().click(JOON, "identity").await;
    let mut naked = house.browser();
    let answer = naked.get(&back).await;
    refused(&naked, &answer, "invalid_state", "no cookie");
    let mut victim = house.browser();
    victim.click(MINA, "identity").await;
    let answer = victim.get(&back).await;
    refused(&victim, &answer, "invalid_state", "foreign cookie");

    // Parts missing.
    for name in ["state", "code"] {
        let mut browser = house.browser();
        let back = browser.click(JOON, "identity").await;
        let answer = browser.get(&without(&back, name)).await;
        let code = if name == "state" { "invalid_state" } else { "sign_in_failed" };
        refused(&browser, &answer, code, name);
    }
    let mut browser = house.browser();
    for path in ["/auth/google/callback", "/auth/google/callback?state=x&state=y&code=%FF"] {
        let answer = browser.get(path).await;
        refused(&browser, &answer, "invalid_state", path);
    }
    // A code of Google's for another sign-in: its PKCE challenge and nonce are not ours.
    let mut thief = house.browser();
    let stolen = house.browser().click(MINA, "identity").await;
    let own = thief.click(JOON, "identity").await;
    let value = |path: &str, name: &str| {
        let (_, query) = path.split_once('?').unwrap();
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap().to_owned()
    };
    let mixed =
        format!("/auth/google/callback?state={}&code={}", value(&own, "state"), value(&stolen, "code"));
    let answer = thief.get(&mixed).await;
    refused(&thief, &answer, "sign_in_failed", "another sign-in's code");
    // And where to go afterwards is never another site.
    let begun = house.browser().get("/auth/google?next=https://evil.example/").await;
    assert!(begun.status.is_redirection() && !begun.header("location").contains("evil"));
}

#[tokio::test]
async fn forged_identities_are_refused() {
    let house = small().await;
    house.found(MINA).await;
    for (fault, code) in [
        ("alg_none", "sign_in_failed"),
        ("wrong_key", "sign_in_failed"),
        ("wrong_aud", "sign_in_failed"),
        ("wrong_iss", "sign_in_failed"),
        ("expired", "sign_in_failed"),
        ("bad_nonce", "sign_in_failed"),
        ("email_unverified", "sign_in_failed"),
        ("no_hd", "workspace_personal_account_not_allowed"),
    ] {
        house.google.break_with(serde_json::json!({ "action": { "id_token": fault } }));
        let mut browser = house.browser();
        let answer = browser.sign_in(JOON, "identity").await;
        refused(&browser, &answer, code, fault);
        assert_eq!(browser.load("load_day", &[]).await.status, 401, "{fault}");
    }
    for fault in ["email_verified_string", "short_iss"] {
        house.google.break_with(serde_json::json!({ "action": { "id_token": fault } }));
        house.signed_in(JOON, "identity").await;
    }
}
