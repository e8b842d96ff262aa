//! Tokens: made by their person or on the server, shown once, taken back for good.

use http::Method;
use testkit::Program;

use crate::support::{ADA, JOON, MINA, SEOYEON, small};

#[tokio::test]
async fn a_token_is_shown_once_and_taken_back_for_good() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "identity").await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let created = joon.post("create_token", &[("name", " 야간 작업 ".to_owned())]).await.json();
    let (token, id) = (created["token"].as_str().unwrap(), created["row"]["id"].as_str().unwrap());
    assert!(token.starts_with("roomly_") && token.len() == 50, "256 bits behind a prefix");
    let program = Program::new(&house.roomly.root, token);
    let me = program.get("/me").await.json();
    assert_eq!(
        (me["email"].as_str(), me["name"].as_str(), me["zone"].as_str()),
        (Some(JOON), Some("이준"), Some("Asia/Seoul"))
    );

    let page = joon.load("load_account", &[]).await;
    assert!(!page.text().contains(token), "shown once");
    let row = page.json()["tokens"][0].clone();
    assert_eq!((row["name"].as_str(), row["id"].as_str()), (Some("야간 작업"), Some(id)));
    assert!(!row["last_used"].is_null(), "{row}");
    assert_eq!(seoyeon.load("load_account", &[]).await.json()["tokens"].as_array().unwrap().len(), 0);

    // A colleague's token, an unknown one and no id at all are one case.
    for foreign in [id, "01890a5d-ac96-774b-bcce-b302099a8057", "x"] {
        let answer = seoyeon.post("revoke_token", &[("id", foreign.to_owned())]).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"));
    }
    assert_eq!(program.get("/me").await.status, 200);
    assert!(joon.post("revoke_token", &[("id", id.to_owned())]).await.status.is_success());
    assert_eq!(program.get("/me").await.status, 401);
    assert_eq!(joon.post("revoke_token", &[("id", id.to_owned())]).await.status, 404);

    for (name, field) in [("", "name"), ("  ", "name"), ("a\nb", "name"), (&"가".repeat(81), "name")] {
        let answer = joon.post("create_token", &[("name", name.to_owned())]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["field"].as_str()),
            (422, Some(field)),
            "{name:.9}"
        );
    }
    assert!(!house.log().contains(token), "a token in the log");
}

#[tokio::test]
async fn a_token_is_made_without_javascript() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "identity").await;
    let origin = house.roomly.root.clone();
    let headers = [
        ("accept", "text/html"),
        ("origin", origin.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = joon.send(Method::POST, "/fn/create_token", &headers, "name=curl".to_owned()).await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    assert_eq!(answer.header("location"), "/account");
    let mut cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.find(|cookie| cookie.starts_with("roomly-fresh-token=")).unwrap().to_owned();
    for part in ["Path=/account", "HttpOnly", "SameSite=Strict", "Max-Age=60"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let page = joon.get("/account").await;
    assert!(page.text().contains(&token), "shown on the page that comes next");
    assert!(!joon.cookies.contains_key("roomly-fresh-token"), "and forgotten");
    assert!(!joon.get("/account").await.text().contains(&token));
    assert_eq!(Program::new(&house.roomly.root, &token).get("/me").await.status, 200);
    // Somebody else's browser is not made to show it.
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    seoyeon.cookies.insert("roomly-fresh-token".to_owned(), token.clone());
    assert!(!seoyeon.get("/account").await.text().contains(&token));
    let mut stranger = house.browser();
    assert!(stranger.get("/account").await.header("location").starts_with("/login"));
}

#[tokio::test]
async fn a_token_is_made_on_the_server() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    house.found(ADA).await;
    let (status, printed) =
        house.roomly.run(&["token", "--person", "Joon@hanbit.example", "--name", "bench"], None).await;
    assert!(status.success());
    let lines: Vec<&str> = printed.lines().collect();
    let [token, id, ..] = lines[..] else { panic!("{printed}") };
    let program = Program::new(&house.roomly.root, token);
    assert_eq!(program.get("/me").await.json()["email"], JOON);
    let mut joon = house.signed_in(JOON, "identity").await;
    assert_eq!(joon.load("load_account", &[]).await.json()["tokens"][0]["id"], id);
    for (args, why) in [
        (vec!["token", "--person", "nobody@hanbit.example"], "no such person"),
        (vec!["token", "--person", JOON, "--domain", "acme.example"], "not in that company"),
        (vec!["token", "--person", JOON, "--domain", "nowhere.example"], "no such company"),
        (vec!["token"], "whose?"),
    ] {
        let (status, printed) = house.roomly.run(&args, None).await;
        let made = printed.lines().any(|line| line.starts_with("roomly_"));
        assert!(!status.success() && !made, "{why}: {printed}");
    }

    // Who leaves the company leaves with their tokens.
    house.google.world().directory.users.get_mut(JOON).unwrap().suspended = true;
    mina.post("sync_directory", &[]).await.read::<model::page::DirectoryReport>();
    assert_eq!(program.get("/me").await.status, 401);
}
