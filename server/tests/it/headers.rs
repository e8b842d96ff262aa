//! The headers of every answer, cookies, and clients that do not read.

use http::Method;
use testkit::{Answer, Browser, House, Raw, RawAnswer, wait_until};

use crate::support::{MINA, alone, small};

/// On every answer, whatever it is.
const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];
const STRICT: &str = "default-src 'none'; frame-ancestors 'none'";
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// A house with the files of `public/` to serve.
async fn with_files() -> House {
    alone(&[("ROOMLY_SITE", concat!(env!("CARGO_MANIFEST_DIR"), "/../public"))]).await
}

/// One of everything: what it is, its answer, and the status it has to have.
async fn one_of_everything(house: &House, browser: &mut Browser) -> Vec<(&'static str, u16, Answer)> {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let (evil, large) = (("origin", "https://evil.example"), "x".repeat(600 * 1_024));
    let mut stranger = house.browser();
    vec![
        ("page", 200, browser.get("/rooms").await),
        ("page without a session", 200, stranger.get("/login").await),
        ("form", 200, browser.get("/rooms/book?room=1").await),
        ("redirect to sign in", 303, stranger.get("/rooms").await),
        ("redirect to Google", 303, stranger.get("/auth/google").await),
        ("redirect of a choice", 303, stranger.get("/theme/dark").await),
        ("page of an error", 400, stranger.get("/auth/google/callback?state=x&code=y").await),
        ("page of nothing", 404, stranger.get("/nowhere").await),
        ("file", 200, stranger.get("/favicon.svg").await),
        ("no such file", 404, stranger.get("/pkg/none.js").await),
        ("server function", 200, browser.load("load_day", &[]).await),
        ("unreadable arguments", 422, browser.load("load_booking", &[]).await),
        ("no session", 401, stranger.load("load_day", &[]).await),
        ("another site", 403, stranger.send(Method::POST, "/fn/book", &[evil, form], String::new()).await),
        ("too large", 413, stranger.send(Method::POST, "/fn/book", &[form], large).await),
        ("no such function", 404, stranger.load("nothing_of_that_name", &[]).await),
        ("wrong method", 405, stranger.send(Method::DELETE, "/healthz", &[], String::new()).await),
        ("notification", 404, stranger.send(Method::POST, "/api/calendar/webhook", &[], String::new()).await),
        ("health", 200, stranger.get("/healthz").await),
        ("board", 404, stranger.get("/display/nobody").await),
        ("socket without its upgrade", 403, stranger.get("/live").await),
    ]
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let house = with_files().await;
    let mut mina = house.found(MINA).await;
    let mut wrong = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for (what, status, answer) in one_of_everything(&house, &mut mina).await {
        let mut expect = |name: &str, value: &str| {
            if answer.header(name) != value {
                wrong.push(format!("{what}: {name}: {:?} instead of {value:?}", answer.header(name)));
            }
        };
        for (name, value) in ALWAYS {
            expect(name, value);
        }
        expect("referrer-policy", if what == "board" { "no-referrer" } else { "same-origin" });
        expect("strict-transport-security", "");
        let page = answer.header("content-type").starts_with("text/html") && answer.text().contains("<html");
        let policy = answer.header("content-security-policy");
        if page {
            assert_page(what, &answer);
        } else if policy != STRICT && !policy.starts_with("default-src 'none'; script-src 'nonce-") {
            wrong.push(format!("{what}: policy {policy:?}"));
        }
        let cached = answer.header("cache-control");
        if what != "file" && cached != "no-store" && !(what == "no such file" && cached == "no-cache") {
            wrong.push(format!("{what}: cache-control {cached:?}"));
        }
        if answer.status != status {
            wrong.push(format!("{what}: {} instead of {status}", answer.status));
        }
        let id = answer.header("x-request-id").to_owned();
        if id.len() != 16 || !ids.insert(id) {
            wrong.push(format!("{what}: request id {:?}", answer.header("x-request-id")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Scripts run by this answer's nonce only, and every script of the page has it.
fn assert_page(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
    assert!(nonce.len() >= 16, "{what}: {policy}");
    let directives: Vec<&str> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        &format!("script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"),
        &format!("style-src 'self' 'nonce-{nonce}'"),
        "style-src-attr 'unsafe-inline'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "worker-src 'self'",
        "manifest-src 'self'",
    ] {
        assert!(directives.contains(&directive), "{what}: {directive} is not in {policy}");
    }
    assert!(!policy.contains("'unsafe-eval'") && !policy.contains("*"), "{what}: {policy}");
    for script in answer.text().split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        let data = tag.contains("application/json");
        assert!(data || tag.contains(&format!("nonce=\"{nonce}\"")), "{what}: <script{tag}> has no nonce");
    }
    assert!(!answer.text().contains(" onclick=") && !answer.text().contains("javascript:"), "{what}");
}

#[tokio::test]
async fn nonces_are_used_once() {
    let house = small().await;
    let mut browser = house.browser();
    let first = browser.get("/login").await;
    let second = browser.get("/login").await;
    assert_ne!(first.header("content-security-policy"), second.header("content-security-policy"));
}

#[tokio::test]
async fn sockets_have_them_too() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let cookies = mina.cookie_header();
    let upgrade = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let root = house.roomly.root.clone();
    let cases = [
        (101, format!("origin: {root}\r\ncookie: {cookies}\r\n")),
        (401, format!("origin: {root}\r\n")),
        (403, format!("origin: https://evil.example\r\ncookie: {cookies}\r\n")),
    ];
    for (status, headers) in cases {
        let mut raw = Raw::connect(&root).await;
        let request = format!("GET /live HTTP/1.1\r\nhost: x\r\n{upgrade}{headers}\r\n");
        assert!(raw.write(request.as_bytes()).await);
        let answer = RawAnswer::parse(&raw.read_some(testkit::DEADLINE).await).unwrap();
        assert_eq!(answer.status, status, "{answer:?}");
        for (name, value) in ALWAYS {
            assert!(answer.headers.contains(&format!("{name}: {value}")), "{status}: {name} {answer:?}");
        }
        assert!(answer.headers.iter().any(|line| line.starts_with("x-request-id: ")), "{answer:?}");
    }
}

#[tokio::test]
async fn under_https_cookies_are_host_bound_and_the_browser_stays_on_it() {
    let mut house = with_files().await;
    house.found(MINA).await;
    let plain = house.browser().get("/auth/google").await;
    let cookie = plain.header("set-cookie").to_owned();
    assert!(cookie.starts_with("roomly-sign-in=") && !cookie.contains("Secure"), "{cookie}");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );

    // A proxy does TLS; what it hands on is plain.
    house.roomly.set("ROOMLY_PUBLIC_URL", "https://rooms.example.com");
    house.roomly.restart().await;
    let mut browser = house.browser();
    let secure = browser.get("/auth/google").await;
    let cookie = secure.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-roomly-sign-in="), "{cookie}");
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(attributes.contains(&attribute), "{cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    let back = browser
        .send(Method::POST, "/logout", &[("origin", "https://rooms.example.com")], String::new())
        .await;
    let gone =
        back.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect::<String>();
    assert!(gone.contains("__Host-roomly=;") && gone.contains("Secure"), "{gone}");
    for path in ["/login", "/rooms", "/nowhere", "/favicon.svg", "/healthz", "/fn/load_day", "/live"] {
        assert_eq!(browser.get(path).await.header("strict-transport-security"), HSTS, "{path}");
    }
    let policy = browser.get("/login").await.header("content-security-policy").to_owned();
    assert!(policy.contains("connect-src 'self' wss://rooms.example.com;"), "{policy}");
}

#[tokio::test]
async fn who_asks_and_does_not_read_is_dropped() {
    let house = alone(&[("ROOMLY_WRITE_TIMEOUT_SECONDS", "1")]).await;
    let root = house.roomly.root.clone();
    let mut raw = Raw::narrow(&root).await;
    // More answers than the kernel keeps for anybody: the server has to wait for us, and we do not read.
    let ask = "GET /login HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    let end = std::time::Instant::now() + testkit::DEADLINE;
    while raw.write_within(ask.as_bytes(), std::time::Duration::from_millis(50)).await {
        assert!(std::time::Instant::now() < end, "the server takes requests for ever");
    }
    // Others are served meanwhile, and afterwards.
    assert_eq!(house.browser().get("/healthz").await.status, 200);
    wait_until("the server to give up", async || raw.is_reset().then_some(())).await;
    assert_eq!(house.browser().get("/healthz").await.status, 200);
}
