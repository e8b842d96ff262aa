//! The JWT bearer grant and domain-wide delegation, with a key file as Google's console gives it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, SECOND};

const ROOMS: &str = "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly";
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";

fn file(c: &mut Client) -> Value {
    c.get("", "/sandbox/service-account").ok()
}

fn claims(c: &Client, file: &Value, sub: Option<&str>, scope: &str) -> Value {
    let now = c.now / SECOND;
    let mut claims = json!({ "iss": file["client_email"], "scope": scope, "iat": now, "exp": now + 3_600,
        "aud": "https://oauth2.googleapis.com/token" });
    if let Some(sub) = sub {
        claims["sub"] = json!(sub);
    }
    claims
}

fn signed(file: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": file["private_key_id"] });
    let message = format!("{}.{}", encode(&head), encode(claims));
    let key = RsaPrivateKey::from_pkcs8_pem(file["private_key"].as_str().unwrap()).unwrap();
    let signature = SigningKey::<Sha256>::new(key).sign(message.as_bytes()).to_vec();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn grant(c: &mut Client, assertion: &str) -> Answer {
    let pairs = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    c.send(Request::post("/token").body(Bytes::from(body)).unwrap())
}

/// What the service account sends to act for `sub`.
pub(crate) fn assertion(c: &Client, file: &Value, sub: &str, scope: &str) -> String {
    signed(file, &claims(c, file, Some(sub), scope))
}

fn delegate(c: &mut Client, client: &Value, scopes: &[&str]) {
    let body = json!({ "domain": "hanbit.example", "client": client, "scopes": scopes });
    assert_eq!(c.post(MINA, "/sandbox/delegations", body).status, 204);
}

fn refusal(answer: &Answer) -> (u16, String, String) {
    let text = |name: &str| answer.json[name].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), text("error"), text("error_description"))
}

#[test]
fn a_delegated_service_account_acts_as_the_person() {
    let mut c = Client::new();
    let file = file(&mut c);
    delegate(&mut c, &file["client_id"], &[ROOMS, EVENTS]);
    let assertion = signed(&file, &claims(&c, &file, Some(MINA), ROOMS));
    let tokens = grant(&mut c, &assertion).ok();
    assert_eq!((&tokens["token_type"], tokens.get("refresh_token")), (&json!("Bearer"), None));
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let rooms = "/admin/directory/v1/customer/my_customer/resources/calendars";
    assert_eq!(c.get(&token, rooms).ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(c.get(&token, "/calendar/v3/calendars/primary/events").reason(), "insufficientPermissions");
    // Delegation gives no more than the person has.
    let assertion = signed(&file, &claims(&c, &file, Some(JOON), ROOMS));
    let token = grant(&mut c, &assertion).ok()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(c.get(&token, rooms).reason(), "forbidden");
    c.pass(3_600);
    assert_eq!(c.get(&token, rooms).reason(), "authError");
}

#[test]
fn every_refusal_has_googles_words() {
    let mut c = Client::new();
    let file = file(&mut c);
    let ask = |c: &mut Client, sub: Option<&str>, scope: &str| {
        let assertion = signed(&file, &claims(c, &file, sub, scope));
        let answer = grant(c, &assertion);
        refusal(&answer)
    };
    let told = |status: u16, error: &str, text: &str| (status, error.to_owned(), text.to_owned());
    let not_for_user = told(401, "unauthorized_client", "Unauthorized client or scope in request.");
    assert_eq!(ask(&mut c, Some(MINA), ROOMS), not_for_user);
    delegate(&mut c, &file["client_email"], &[ROOMS]);
    let (status, error, text) = ask(&mut c, Some(MINA), ROOMS);
    assert_eq!((status, error.as_str()), (401, "unauthorized_client"));
    assert!(
        text.starts_with("Client is unauthorized to retrieve access tokens"),
        "an address is not the client id"
    );
    delegate(&mut c, &file["client_id"], &[ROOMS]);
    let both = format!("{ROOMS} {EVENTS}");
    assert_eq!(ask(&mut c, Some(MINA), &both).1, "access_denied");
    assert_eq!(ask(&mut c, Some("mina"), ROOMS), told(400, "invalid_grant", "Not a valid email"));
    let nobody = told(400, "invalid_grant", "Invalid email or User ID");
    assert_eq!(ask(&mut c, Some("nobody@hanbit.example"), ROOMS), nobody);
    assert_eq!(ask(&mut c, Some("personal@gmail.com"), ROOMS), not_for_user);
    assert_eq!(ask(&mut c, Some(MINA), " ").1, "invalid_scope");
    assert_eq!(ask(&mut c, Some(MINA), ROOMS).0, 200);
}

#[test]
fn clocks_and_signatures_are_checked() {
    let mut c = Client::new();
    let file = file(&mut c);
    delegate(&mut c, &file["client_id"], &[ROOMS]);
    let now = c.now / SECOND;
    for (iat, exp, good) in [
        (now, now + 3_600, true),
        (now + 240, now + 3_600, true),
        (now + 601, now + 3_600, false),
        (now - 7_200, now - 3_600, false),
        (now, now + 2 * 3_600, false),
        (now, now - 1, false),
    ] {
        let mut claims = claims(&c, &file, Some(MINA), ROOMS);
        (claims["iat"], claims["exp"]) = (json!(iat), json!(exp));
        let answer = grant(&mut c, &signed(&file, &claims));
        assert_eq!(answer.status.is_success(), good, "iat {} exp {}", iat - now, exp - now);
        let text = answer.json["error_description"].as_str().unwrap_or_default().to_owned();
        assert!(
            good || text.starts_with("Invalid JWT: Token must be a short-lived token (60 minutes)"),
            "{text}"
        );
    }
    let mut assertion = signed(&file, &claims(&c, &file, Some(MINA), ROOMS));
    let last = if assertion.pop() == Some('A') { 'Q' } else { 'A' };
    assertion.push(last);
    assert_eq!(refusal(&grant(&mut c, &assertion)).2, "Invalid JWT Signature.");
    let mut elsewhere = claims(&c, &file, Some(MINA), ROOMS);
    elsewhere["aud"] = json!("https://elsewhere.example/token");
    assert_eq!(refusal(&grant(&mut c, &signed(&file, &elsewhere))).1, "invalid_grant");
    assert_eq!(refusal(&grant(&mut c, "not.a.token")).1, "invalid_grant");
}

#[test]
fn by_itself_it_is_nobody_and_invites_nobody() {
    let mut c = Client::new();
    let file = file(&mut c);
    let assertion = signed(&file, &claims(&c, &file, None, EVENTS));
    let token = grant(&mut c, &assertion).ok()["access_token"].as_str().unwrap().to_owned();
    let events = format!("/calendar/v3/calendars/{}/events", c.room);
    assert_eq!(c.get(&token, &events).status, 404);
    let (room, robot) = (c.room.clone(), file["client_email"].as_str().unwrap().to_owned());
    c.world.set_role(&room, &robot, sandbox::world::access::Role::Writer);
    let mut body = c.booking("robot", "x", 10, &[]);
    body["attendees"] = json!([{ "email": JOON }]);
    assert_eq!(c.post(&token, &events, body.clone()).reason(), "forbiddenForServiceAccounts");
    body["attendees"] = json!([]);
    c.post(&token, &events, body).ok();
}

#[test]
fn a_delegation_may_take_its_time() {
    let mut c = Client::new();
    let file = file(&mut c);
    c.post(MINA, "/sandbox/settings", json!({ "delegation_delay_ms": 60_000 })).ok();
    delegate(&mut c, &file["client_id"], &[ROOMS]);
    let assertion = signed(&file, &claims(&c, &file, Some(MINA), ROOMS));
    assert_eq!(grant(&mut c, &assertion).status, 401);
    c.pass(60);
    assert_eq!(grant(&mut c, &assertion).status, 200);
}
