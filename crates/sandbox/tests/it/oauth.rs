use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, Client, JOON, MINA};

const CLIENT: &str = "roomly-demo.apps.googleusercontent.com";
const SECRET: &str = "roomly-demo-secret";
const BACK: &str = "http://127.0.0.1:3000/auth/google/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk-123";
const CALENDAR: &str = "https://www.googleapis.com/auth/calendar.events";

fn authorize(scope: &str, more: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut url = url::Url::parse("http://sandbox/o/oauth2/v2/auth").unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", CLIENT)
        .append_pair("redirect_uri", BACK)
        .append_pair("response_type", "code")
        .append_pair("scope", scope)
        .append_pair("state", "st/ate")
        .append_pair("nonce", "n-1")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    format!("/o/oauth2/v2/auth?{}{more}", url.query().unwrap())
}

/// The one click: follows the link that carries the address.
fn click(c: &mut Client, page: &str, email: &str) -> Answer {
    let page = c.get("", page);
    assert_eq!(page.status, 200, "{}", page.text);
    let end = page.text.find(&format!("<span>{email}</span>")).unwrap();
    let start = page.text[..end].rfind("href=\"").unwrap() + 6;
    let href = page.text[start..].split('"').next().unwrap().replace("&amp;", "&");
    let answer = c.get("", &href);
    assert_eq!(answer.status, 302, "{}", answer.text);
    answer
}

fn code(answer: &Answer) -> String {
    let location = answer.location();
    assert!(location.as_str().starts_with(BACK));
    let pairs: Vec<_> = location.query_pairs().into_owned().collect();
    assert!(pairs.contains(&("state".to_owned(), "st/ate".to_owned())));
    pairs.into_iter().find(|(name, _)| name == "code").unwrap().1
}

fn token(c: &mut Client, pairs: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    c.send(Request::post("/token").body(Bytes::from(body)).unwrap())
}

fn exchange(c: &mut Client, code: &str, verifier: &str) -> Answer {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("redirect_uri", BACK),
        ("code_verifier", verifier),
    ];
    token(c, &pairs)
}

fn refresh(c: &mut Client, token_: &str) -> Answer {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token_),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    token(c, &pairs)
}

fn verify(c: &mut Client, id_token: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let keys = c.get("", "/oauth2/v3/certs").ok();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys).unwrap();
    let header = jsonwebtoken::decode_header(id_token)?;
    let key = keys.find(&header.kid.unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[CLIENT]);
    validation.set_issuer(&["https://accounts.google.com"]);
    let key = jsonwebtoken::DecodingKey::from_jwk(key)?;
    Ok(jsonwebtoken::decode::<Value>(id_token, &key, &validation)?.claims)
}

#[test]
fn one_click_gives_a_code_and_the_code_a_signed_identity() {
    let mut c = Client::new();
    let code = code(&click(&mut c, &authorize("openid email profile", ""), JOON));
    let tokens = exchange(&mut c, &code, VERIFIER).ok();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3599)));
    assert!(tokens.get("refresh_token").is_none());
    let claims = verify(&mut c, tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(claims["hd"], "hanbit.example");
    assert_eq!(claims["email"], JOON);
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["iat"].as_i64().unwrap(), c.now / 1_000_000);
    let again = exchange(&mut c, &code, VERIFIER);
    assert_eq!((again.status.as_u16(), &again.json["error"]), (400, &json!("invalid_grant")));
    // The identity alone reads no calendar.
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let refused = c.get(&access, "/calendar/v3/calendars/primary/events");
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "insufficientPermissions"));
    c.pass(3_600);
    assert_eq!(c.get(&access, "/calendar/v3/calendars/primary/events").reason(), "authError");
}

#[test]
fn consumers_have_no_hd() {
    let mut c = Client::new();
    let code = code(&click(&mut c, &authorize("openid email", ""), "personal@gmail.com"));
    let tokens = exchange(&mut c, &code, VERIFIER).ok();
    let claims = verify(&mut c, tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(claims.get("hd"), None);
}

#[test]
fn refresh_tokens_come_once_and_die_with_the_grant() {
    let mut c = Client::new();
    let offline = "&access_type=offline&include_granted_scopes=true";
    let code1 = code(&click(&mut c, &authorize("openid email", offline), JOON));
    let first = exchange(&mut c, &code1, VERIFIER).ok();
    let refresh_token = first["refresh_token"].as_str().unwrap().to_owned();
    let code2 = code(&click(&mut c, &authorize(CALENDAR, offline), JOON));
    let second = exchange(&mut c, &code2, VERIFIER).ok();
    assert!(second.get("refresh_token").is_none(), "only the first consent");
    assert_eq!(second["scope"], format!("email {CALENDAR} openid"), "granted scopes are included");
    let code3 = code(&click(&mut c, &authorize(CALENDAR, &format!("{offline}&prompt=consent")), JOON));
    let third = exchange(&mut c, &code3, VERIFIER).ok();
    let newer = third["refresh_token"].as_str().unwrap().to_owned();
    let fresh = refresh(&mut c, &newer).ok();
    assert!(fresh.get("refresh_token").is_none());
    let access = fresh["access_token"].as_str().unwrap().to_owned();
    c.get(&access, "/calendar/v3/calendars/primary/events").ok();
    assert_eq!(c.get(&access, "/calendar/v3/users/me/calendarList").reason(), "insufficientPermissions");
    let body = Bytes::from(format!("token={access}"));
    assert_eq!(c.send(Request::post("/revoke").body(body).unwrap()).status, 200);
    for token in [&refresh_token, &newer] {
        let dead = refresh(&mut c, token);
        assert_eq!(dead.json["error"], "invalid_grant");
        assert_eq!(dead.json["error_description"], "Token has been expired or revoked.");
    }
    assert_eq!(c.get(&access, "/calendar/v3/calendars/primary/events").status, 401);
}

#[test]
fn what_is_wrong_is_refused() {
    let mut c = Client::new();
    let wrong = code(&click(&mut c, &authorize("openid", ""), MINA));
    let answer = exchange(&mut c, &wrong, "a-verifier-that-is-long-enough-but-not-the-right-one");
    assert_eq!((answer.status.as_u16(), &answer.json["error"]), (400, &json!("invalid_grant")));
    let old = code(&click(&mut c, &authorize("openid", ""), MINA));
    c.pass(601);
    assert_eq!(exchange(&mut c, &old, VERIFIER).json["error"], "invalid_grant");
    let elsewhere = authorize("openid", "").replace("127.0.0.1%3A3000", "evil.example");
    let page = c.get("", &elsewhere);
    assert_eq!(page.status, 400);
    assert!(page.text.contains("redirect_uri_mismatch"));
    let refused = c.get("", &authorize("openid", "&deny=1").replace("/auth?", "/auth/choose?"));
    assert!(refused.location().query().unwrap().contains("error=access_denied"));
    let some = authorize(&format!("openid {CALENDAR}"), "&as=mina@hanbit.example&choose=1&grant=openid");
    let some = code(&c.get("", &some.replace("/auth?", "/auth/choose?")));
    assert_eq!(exchange(&mut c, &some, VERIFIER).ok()["scope"], "openid");
    let form = "grant_type=refresh_token&refresh_token=x";
    let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    for (secret, status, error) in [("bad", 401, "invalid_client"), (SECRET, 400, "invalid_grant")] {
        let request =
            Request::post("/token").header("authorization", basic(secret)).body(Bytes::from(form)).unwrap();
        let answer = c.send(request);
        assert_eq!((answer.status.as_u16(), &answer.json["error"]), (status, &json!(error)));
    }
}

#[test]
fn bad_id_tokens_on_demand() {
    let mut c = Client::new();
    for (fault, valid) in [
        ("alg_none", false),
        ("wrong_key", false),
        ("wrong_aud", false),
        ("wrong_iss", false),
        ("no_hd", true),
        ("bad_nonce", true),
    ] {
        c.post(MINA, "/sandbox/faults", json!({ "action": { "id_token": fault } })).ok();
        let code = code(&click(&mut c, &authorize("openid email", ""), JOON));
        let tokens = exchange(&mut c, &code, VERIFIER).ok();
        let claims = verify(&mut c, tokens["id_token"].as_str().unwrap());
        assert_eq!(claims.is_ok(), valid, "{fault}");
        if let Ok(claims) = claims {
            assert!(claims.get("hd").is_none() || claims["nonce"] != "n-1");
        }
    }
}

/// A person's refresh token for the demo's client.
fn refresh_token(c: &mut Client, scope: &str, email: &str) -> String {
    let page = authorize(scope, "&access_type=offline&prompt=consent");
    let code = code(&click(c, &page, email));
    exchange(c, &code, VERIFIER).ok()["refresh_token"].as_str().unwrap().to_owned()
}

fn set(c: &mut Client, settings: Value) {
    c.post(MINA, "/sandbox/settings", settings).ok();
}

fn befall(c: &mut Client, email: &str, what: &str) {
    assert_eq!(c.post(MINA, "/sandbox/people", json!({ "email": email, "do": what })).status, 204);
}

#[test]
fn the_oldest_of_more_than_a_hundred_dies() {
    let mut c = Client::new();
    let tokens: Vec<String> = (0..101).map(|_| refresh_token(&mut c, CALENDAR, JOON)).collect();
    assert_eq!(refresh(&mut c, &tokens[0]).json["error"], "invalid_grant");
    assert_eq!(refresh(&mut c, &tokens[1]).status, 200);
    assert_eq!(refresh(&mut c, &tokens[100]).status, 200);
}

#[test]
fn time_ends_refresh_tokens_in_many_ways() {
    let mut c = Client::new();
    let day = 86_400;
    let idle = refresh_token(&mut c, CALENDAR, JOON);
    c.pass(100 * day);
    assert_eq!(refresh(&mut c, &idle).status, 200, "use keeps it");
    c.pass(184 * day);
    assert_eq!(refresh(&mut c, &idle).json["error"], "invalid_grant");

    set(&mut c, json!({ "testing_mode": true }));
    let (testing, identity) =
        (refresh_token(&mut c, CALENDAR, JOON), refresh_token(&mut c, "openid email", JOON));
    c.pass(7 * day);
    assert_eq!(refresh(&mut c, &testing).json["error_description"], "Token has been expired or revoked.");
    assert_eq!(refresh(&mut c, &identity).status, 200);

    set(&mut c, json!({ "testing_mode": false, "refresh_token_ttl_s": 3_600 }));
    let page = authorize(CALENDAR, "&access_type=offline&prompt=consent");
    let code = code(&click(&mut c, &page, JOON));
    let granted = exchange(&mut c, &code, VERIFIER).ok();
    assert_eq!(granted["refresh_token_expires_in"], 3_600);
    c.pass(3_600);
    assert_eq!(refresh(&mut c, granted["refresh_token"].as_str().unwrap()).status, 400);

    set(&mut c, json!({ "refresh_token_ttl_s": null, "session_length_s": 60 }));
    let of_company = refresh_token(&mut c, CALENDAR, JOON);
    let of_nobody = refresh_token(&mut c, CALENDAR, "personal@gmail.com");
    c.pass(60);
    assert_eq!(refresh(&mut c, &of_company).json["error_subtype"], "invalid_rapt");
    assert_eq!(refresh(&mut c, &of_nobody).status, 200);
}

#[test]
fn people_take_their_grants_back() {
    let mut c = Client::new();
    let mail = "https://www.googleapis.com/auth/gmail.readonly";
    let (plain, with_mail) =
        (refresh_token(&mut c, CALENDAR, JOON), refresh_token(&mut c, &format!("{CALENDAR} {mail}"), JOON));
    befall(&mut c, JOON, "change_password");
    assert_eq!(refresh(&mut c, &plain).status, 200, "a token without mail survives");
    assert_eq!(refresh(&mut c, &with_mail).json["error"], "invalid_grant");
    let access = refresh(&mut c, &plain).ok()["access_token"].as_str().unwrap().to_owned();
    befall(&mut c, JOON, "expire_tokens");
    assert_eq!(c.get(&access, "/calendar/v3/calendars/primary/events").reason(), "authError");
    assert_eq!(refresh(&mut c, &plain).status, 200);
    befall(&mut c, JOON, "suspend");
    assert_eq!(refresh(&mut c, &plain).json["error"], "invalid_grant");
    befall(&mut c, JOON, "restore");
    assert_eq!(refresh(&mut c, &plain).status, 200);
    befall(&mut c, JOON, "revoke");
    assert_eq!(refresh(&mut c, &plain).json["error"], "invalid_grant");
}

#[test]
fn admins_restrict_and_projects_delete() {
    let mut c = Client::new();
    let token = refresh_token(&mut c, CALENDAR, JOON);
    set(&mut c, json!({ "restricted_scopes": [CALENDAR] }));
    assert_eq!(refresh(&mut c, &token).json["error"], "admin_policy_enforced");
    let page = authorize(CALENDAR, "&as=joon@hanbit.example").replace("/auth?", "/auth/choose?");
    let blocked = c.get("", &page);
    assert!(blocked.status == 400 && blocked.text.contains("admin_policy_enforced"));
    set(&mut c, json!({ "restricted_scopes": [] }));
    c.post(MINA, "/sandbox/clients", json!({ "client": CLIENT, "deleted": true }));
    let gone = refresh(&mut c, &token);
    assert_eq!((gone.status.as_u16(), &gone.json["error"]), (401, &json!("deleted_client")));
    assert!(c.get("", &authorize(CALENDAR, "")).text.contains("deleted_client"));
    c.post(MINA, "/sandbox/clients", json!({ "client": CLIENT }));
    assert_eq!(refresh(&mut c, &token).status, 200);
}

#[test]
fn an_internal_client_is_for_its_own_people() {
    let mut c = Client::new();
    let choose = |who: &str| authorize(CALENDAR, &format!("&as={who}")).replace("/auth?", "/auth/choose?");
    c.post(MINA, "/sandbox/clients", json!({ "client": CLIENT, "internal_to": "hanbit.example" }));
    assert_eq!(c.get("", &choose(JOON)).status, 302);
    let refused = c.get("", &choose("personal@gmail.com"));
    assert!(refused.status == 400 && refused.text.contains("org_internal"), "{}", refused.text);
    c.post(MINA, "/sandbox/clients", json!({ "client": CLIENT, "internal_to": "" }));
    assert_eq!(c.get("", &choose("personal@gmail.com")).status, 302);
}

#[test]
fn a_refresh_may_ask_for_less_and_may_rotate() {
    let mut c = Client::new();
    let first = refresh_token(&mut c, &format!("openid {CALENDAR}"), JOON);
    let ask = |c: &mut Client, scope: &str| {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", first.as_str()),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("scope", scope),
        ];
        token(c, &pairs)
    };
    assert_eq!(ask(&mut c, CALENDAR).ok()["scope"], CALENDAR);
    assert_eq!(ask(&mut c, "https://www.googleapis.com/auth/drive").json["error"], "invalid_scope");
    set(&mut c, json!({ "rotate_refresh_tokens": true }));
    let second = refresh(&mut c, &first).ok()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(refresh(&mut c, &first).json["error"], "invalid_grant");
    assert_eq!(refresh(&mut c, &second).status, 200);
}

#[test]
fn a_token_tells_what_it_is() {
    let mut c = Client::new();
    let code = code(&click(&mut c, &authorize(&format!("openid email {CALENDAR}"), ""), JOON));
    let access = exchange(&mut c, &code, VERIFIER).ok()["access_token"].as_str().unwrap().to_owned();
    let info = c.get("", &format!("/tokeninfo?access_token={access}")).ok();
    assert_eq!(
        (&info["aud"], &info["email"], &info["expires_in"]),
        (&json!(CLIENT), &json!(JOON), &json!("3599"))
    );
    let posted = c.post(&access, "/oauth2/v3/tokeninfo", Value::Null).ok();
    assert_eq!(posted["scope"], format!("email {CALENDAR} openid"));
    let user = c.get(&access, "/v1/userinfo").ok();
    assert_eq!((&user["email"], &user["hd"]), (&json!(JOON), &json!("hanbit.example")));
    assert_eq!(c.get("", "/tokeninfo?access_token=nothing").json["error"], "invalid_token");
    let document = c.get("", "/.well-known/openid-configuration").ok();
    assert_eq!(document["issuer"], "https://accounts.google.com");
    let certificates = c.get("", "/oauth2/v1/certs").ok();
    let keys = c.get("", "/oauth2/v3/certs").ok();
    let pem = certificates[keys["keys"][0]["kid"].as_str().unwrap()].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\nMII"));
}
