//! `roomly doctor`, with one thing after another broken.

use serde_json::{Value, json};
use services::Redis;
use testkit::{Database, House, Roomly, free_address};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{MINA, SMALL, alone};

/// A setting that one run has otherwise.
type Change<'a> = (&'a str, Option<&'a str>);

/// What it found: the exit code, and the levels by check.
async fn examined(roomly: &Roomly, changes: &[Change<'_>]) -> (i32, Value) {
    let ended = roomly.command_with(&["doctor", "--json"], changes).await;
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let report: Value = serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{error}: {said}{}", String::from_utf8_lossy(&ended.stderr)));
    let code = ended.status.code().unwrap();
    assert_eq!(code == 0, report["ok"].as_bool().unwrap(), "{said}");
    (code, report)
}

fn finding<'r>(report: &'r Value, check: &str) -> &'r Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings.find(|finding| finding["check"] == check).unwrap_or(&Value::Null)
}

/// The checks that came out as problems.
fn problems(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["level"] == "problem")
        .map(|finding| {
            let said = |key: &str| !finding[key].as_str().unwrap().is_empty();
            assert!(said("what") && said("why") && said("todo"), "{finding}");
            finding["check"].as_str().unwrap()
        })
        .collect()
}

async fn founded() -> House {
    let house = alone(&[]).await;
    house.found(MINA).await;
    house
}

/// Figures are for everybody who reaches them: that is said where somebody else may.
#[tokio::test]
async fn figures_beyond_this_machine_are_told() {
    let house = alone(&[]).await;
    for (addr, level) in [
        (None, "ok"),
        (Some("127.0.0.1:9464"), "ok"),
        (Some("127.1.2.3:9464"), "ok"),
        (Some("[::1]:9464"), "ok"),
        (Some("[::ffff:127.0.0.1]:9464"), "ok"),
        (Some("0.0.0.0:9464"), "note"),
        (Some("[::]:9464"), "note"),
        (Some("192.0.2.7:9464"), "note"),
    ] {
        let (_, report) = examined(&house.roomly, &[("ROOMLY_METRICS_ADDR", addr)]).await;
        let found = finding(&report, "metrics");
        assert_eq!(found["level"], level, "{addr:?}: {found}");
        let said = |key: &str| found[key].as_str().unwrap().to_owned();
        if let Some(addr) = addr {
            assert!(said("what").contains(addr), "{found}");
        }
        assert_eq!(said("todo").is_empty(), level == "ok", "{found}");
    }
}

#[tokio::test]
async fn a_founded_company_is_well() {
    let house = founded().await;
    let (code, report) = examined(&house.roomly, &[("ROOMLY_SITE", Some("."))]).await;
    // No site is built for stories: that is the one thing missing.
    assert_eq!((code, problems(&report)), (1, vec!["site"]), "{report:#}");
    for check in
        ["client", "client_accepted", "clock", "database", "google", "grant", "hooks_reached", "secret_key"]
    {
        assert_eq!(finding(&report, check)["level"], "ok", "{check}: {report:#}");
    }
    // What has to be typed into Google's console, letter by letter.
    let redirect = finding(&report, "redirect")["todo"].as_str().unwrap();
    assert!(redirect.ends_with(&format!("\n{}/auth/google/callback", house.roomly.root)), "{redirect}");
    let scopes = finding(&report, "scopes")["todo"].as_str().unwrap();
    for scope in
        ["auth/calendar\n", "auth/calendar.events", "user.readonly", "resource.calendar.readonly", "openid"]
    {
        assert!(scopes.contains(scope), "{scopes}");
    }

    // With a site all is well; the same in words.
    let folder = house.folder.join("site/pkg");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("roomly.js"), "").unwrap();
    let site = [("ROOMLY_SITE", Some("site"))];
    let (code, report) = examined(&house.roomly, &site).await;
    assert_eq!((code, problems(&report)), (0, vec![]), "{report:#}");
    let words = house.roomly.command_with(&["doctor"], &site).await;
    let said = String::from_utf8(words.stdout).unwrap();
    assert!(
        words.status.success() && said.contains("the grant works") && !said.contains("PROBLEM"),
        "{said}"
    );
    for secret in ["roomly-demo-secret", "AAECAwQF", "ya29.", "1//", "@hanbit.example"] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let house = founded().await;
    let closed = format!("http://{}", free_address());
    let untrusted = house.google.root.replace("http://", "https://");
    std::fs::write(house.folder.join("text.db"), "no database ".repeat(1_000)).unwrap();
    let other_key = "//////////////////////////////////////////8=";
    let table: Vec<(&str, Vec<Change<'_>>, &str, &str)> = vec![
        (
            "no client",
            vec![("GOOGLE_CLIENT_ID", None), ("GOOGLE_CLIENT_SECRET", None)],
            "client",
            "no OAuth client",
        ),
        ("no client id", vec![("GOOGLE_CLIENT_ID", None)], "client", "GOOGLE_CLIENT_ID"),
        ("no client secret", vec![("GOOGLE_CLIENT_SECRET", None)], "client", "GOOGLE_CLIENT_SECRET"),
        ("wrong secret", vec![("GOOGLE_CLIENT_SECRET", Some("wrong"))], "client_accepted", "invalid_client"),
        ("no key", vec![("ROOMLY_SECRET_KEY", None)], "secret_key", "not set"),
        ("short key", vec![("ROOMLY_SECRET_KEY", Some("c2hvcnQ="))], "secret_key", "32 bytes"),
        ("another key", vec![("ROOMLY_SECRET_KEY", Some(other_key))], "grant", "sealed with a key"),
        (
            "a stand-in far away",
            vec![("GOOGLE_OAUTH_ROOT", Some("http://google.example"))],
            "google",
            "GOOGLE_OAUTH_ROOT",
        ),
        ("no Google", vec![("GOOGLE_OAUTH_ROOT", Some(&closed))], "google", "no connection"),
        ("untrusted Google", vec![("GOOGLE_OAUTH_ROOT", Some(&untrusted))], "google", "certificate"),
        ("nobody at the hooks", vec![("ROOMLY_HOOKS_URL", Some(&closed))], "hooks_reached", "no connection"),
        (
            "somebody else at the hooks",
            vec![("ROOMLY_HOOKS_URL", Some(&house.google.root))],
            "hooks_reached",
            "404",
        ),
        ("untrusted hooks", vec![("ROOMLY_HOOKS_URL", Some(&untrusted))], "hooks_reached", "certificate"),
        (
            "a public address of nobody",
            vec![("ROOMLY_PUBLIC_URL", Some("https://roomly.invalid"))],
            "public_reached",
            "no connection",
        ),
        ("plain http", vec![("ROOMLY_PUBLIC_URL", Some("http://rooms.example.com"))], "settings", "https://"),
        (
            "an unreadable number",
            vec![("ROOMLY_POLL_SECONDS", Some("often"))],
            "settings",
            "ROOMLY_POLL_SECONDS",
        ),
        ("no such engine", vec![("DATABASE_URL", Some("mysql://x/y"))], "database", "DATABASE_URL"),
        (
            "a file of something else",
            vec![("DATABASE_URL", Some("sqlite://text.db"))],
            "database",
            "not a database",
        ),
    ];
    let mut wrong = Vec::new();
    for (why, changes, check, word) in table {
        let (code, report) = examined(&house.roomly, &changes).await;
        let found = finding(&report, check);
        let what = found["what"].as_str().unwrap_or_default();
        if code != 1
            || !problems(&report).contains(&check)
            || !what.contains(word) && !found["why"].to_string().contains(word)
        {
            wrong.push(format!("{why}: {found:#}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn limits_are_notes() {
    let house = founded().await;
    for (changes, check, word) in [
        ([("ROOMLY_HOOKS_URL", None)], "hooks_url", "every 600 s"),
        ([("DATABASE_URL", Some("sqlite://elsewhere/roomly.db"))], "database", "no database"),
    ] {
        let (_, report) = examined(&house.roomly, &changes).await;
        let found = finding(&report, check);
        assert_eq!(found["level"], "note", "{report:#}");
        assert!(found["what"].as_str().unwrap().contains(word), "{found}");
        assert!(!house.folder.join("elsewhere").exists(), "it changes nothing");
    }
}

#[tokio::test]
async fn a_grant_that_google_took_back_is_seen() {
    let house = founded().await;
    // The access token ends every hour: a fresh one is got for the question, and not kept.
    house.google.world().oauth.expire_access();
    let (_, report) = examined(&house.roomly, &[]).await;
    assert_eq!(finding(&report, "grant")["level"], "ok", "{report:#}");
    house.google.world().oauth.revoke(MINA, sandbox::world::oauth::DEMO_CLIENT);
    let (code, report) = examined(&house.roomly, &[]).await;
    assert_eq!(code, 1);
    let found = finding(&report, "grant");
    assert_eq!(found["level"], "problem", "{report:#}");
    assert!(found["todo"].as_str().unwrap().contains("/auth/google?consent=company"), "{found}");

    // Google that is ill for a moment is no verdict on the grant.
    let house = founded().await;
    house
        .google
        .break_with(json!({ "matcher": { "path": "resources/calendars" }, "action": { "status": 503 } }));
    let (_, report) = examined(&house.roomly, &[]).await;
    assert_eq!(finding(&report, "grant")["level"], "note", "{report:#}");
}

/// Old keys go out of use by themselves: what is refreshed is sealed with the newest.
#[tokio::test]
async fn a_key_is_changed_without_granting_again() {
    const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "//////////////////////////////////////////8=";
    let mut house = founded().await;
    let (_, report) = examined(&house.roomly, &[("ROOMLY_SECRET_KEY", Some(NEW))]).await;
    assert_eq!(finding(&report, "grant")["level"], "problem", "{report:#}");
    house.roomly.set("ROOMLY_SECRET_KEY", &format!("{NEW},{OLD}"));
    house.google.world().oauth.expire_access();
    let mark = house.google.mark();
    // Every calendar is pulled at the start, and the first pull refreshes.
    house.roomly.restart().await;
    testkit::wait_until("a pull with a fresh token", async || {
        let done = house.google.pulls(mark).iter().any(|pull| pull["status"] == 200);
        done.then_some(())
    })
    .await;
    house.quiet().await;
    let (_, report) = examined(&house.roomly, &[("ROOMLY_SECRET_KEY", Some(NEW))]).await;
    assert_eq!(finding(&report, "grant")["level"], "ok", "{report:#}");
    house.google.world().oauth.expire_access();
    let (_, report) = examined(&house.roomly, &[("ROOMLY_SECRET_KEY", Some(NEW))]).await;
    assert_eq!(finding(&report, "grant")["level"], "ok", "the refresh token, too: {report:#}");
}

#[tokio::test]
async fn nothing_is_founded_yet() {
    let house = alone(&[]).await;
    let (_, report) = examined(&house.roomly, &[]).await;
    let found = finding(&report, "grant");
    assert_eq!(found["level"], "note", "{report:#}");
    assert!(found["todo"].as_str().unwrap().ends_with("/auth/google?consent=company"), "{found}");
}

#[tokio::test]
async fn a_wrong_clock_is_told_from_googles() {
    let house = alone(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let then = chrono::DateTime::from_timestamp_micros(testkit::now_micros()).unwrap() - chrono::Days::new(1);
    let date = then.format("%a, %d %b %Y %H:%M:%S GMT");
    let answer = format!(
        "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-type: application/json\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{{\"keys\":[]}}"
    );
    let yesterday = async {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4_096];
            let _read = stream.read(&mut head).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    };
    let changes = [("GOOGLE_OAUTH_ROOT", Some(root.as_str()))];
    let (code, report) = tokio::select! {
        examined = examined(&house.roomly, &changes) => examined,
        () = yesterday => unreachable!("it answers for ever"),
    };
    let found = finding(&report, "clock");
    assert_eq!((code, &found["level"]), (1, &json!("problem")), "{report:#}");
    let what = found["what"].as_str().unwrap();
    assert!(what.contains("864") && what.contains("ahead of"), "a day: {what}");
}

/// What several servers share: the database's clock, each other, Redis with and without TLS.
#[tokio::test]
async fn what_servers_share_is_looked_at() {
    let house = alone(&[]).await;
    if !house.database.is_postgres() {
        let (_, report) = examined(&house.roomly, &[("REDIS_URL", Some("redis://127.0.0.1"))]).await;
        assert!(finding(&report, "redis")["what"].as_str().unwrap().contains("not used"), "{report:#}");
    }

    let Some(database) = Database::postgres() else { return };
    let house = House::open_on(SMALL, Some(database), &[]).await;
    let redis = Redis::start_with_tls().unwrap();
    let (plain, tls) = (redis.url(), redis.tls_url().unwrap());
    let certificate = redis.certificate().unwrap().to_str().unwrap();
    let (_, report) = examined(&house.roomly, &[("REDIS_URL", Some(&plain))]).await;
    for check in ["redis", "database_clock", "servers"] {
        assert_eq!(finding(&report, check)["level"], "ok", "{check}: {report:#}");
    }
    assert!(finding(&report, "servers")["what"].as_str().unwrap().contains("One server"), "{report:#}");

    let mut other = house.roomly.another("web");
    other.start().await;
    let (_, report) = examined(&house.roomly, &[]).await;
    assert!(finding(&report, "servers")["what"].as_str().unwrap().contains("2 servers"), "{report:#}");
    assert_eq!(finding(&report, "redis")["level"], "note", "{report:#}");

    let trusted = format!("{tls}?sslrootcert={certificate}");
    let (_, report) = examined(&house.roomly, &[("REDIS_URL", Some(&trusted))]).await;
    assert_eq!(finding(&report, "redis")["level"], "ok", "{report:#}");
    let closed = free_address();
    for (url, word) in [
        (tls.clone(), "certificate"),
        (plain.replace("redis://", "redis://:hush@"), "it refuses"),
        (format!("redis://{closed}"), "no connection"),
        (plain.replace("redis://", "http://"), "rediss://host:6379"),
    ] {
        let (_, report) = examined(&house.roomly, &[("REDIS_URL", Some(&url))]).await;
        assert!(problems(&report).contains(&"redis"), "{url}: {report:#}");
        let found = finding(&report, "redis").to_string();
        assert!(found.contains(word) && !found.contains("hush"), "{url}: {found}");
    }
}
