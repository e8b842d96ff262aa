//! Who gets in, who does not, and how a company comes to be.

use chrono::Days;
use model::page::AdminPage;

use crate::support::{ADA, JOON, MINA, seeded, small};

#[tokio::test]
async fn strangers_are_told_why() {
    let house = small().await;
    let mut browser = house.browser();
    let answer = browser.sign_in(JOON, "identity").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "unknown_domain"));
    for (language, lang) in [("ko-KR,ko;q=0.9", "lang=\"ko\""), ("en-US,en;q=0.9", "lang=\"en\"")] {
        browser.language = language;
        for consent in ["identity", "calendar", "company"] {
            let answer = browser.sign_in("personal@gmail.com", consent).await;
            assert_eq!(answer.status, 403, "{consent}");
            assert_eq!(answer.code(), "workspace_personal_account_not_allowed", "{consent}");
            assert!(answer.text().contains(lang), "{language}: {}", answer.text());
        }
    }
    let answer = browser.sign_in(JOON, "company").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "not_allowed"), "joon is no admin");
    assert!(!browser.is_signed_in());
    // None of it left anything behind: the domain is as unknown as before.
    let answer = browser.sign_in(JOON, "identity").await;
    assert_eq!(answer.code(), "unknown_domain");
}

#[tokio::test]
async fn an_admin_founds_and_everything_is_there() {
    let house = seeded().await;
    let mut mina = house.found(MINA).await;
    let today = house.date - Days::new(2);
    let page = mina.day(today).await;
    let mut names: Vec<&str> = page.grid.rooms.iter().map(|room| room.name.as_str()).collect();
    assert_eq!(names.len(), 24);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 24, "each once");
    assert!(names.contains(&"한라") && names.contains(&"백록담"));
    for title in ["스탠드업", "코드 리뷰 모임", "전사 교육", "고객사 방문 (외부)", "현장 점검 (외부)"]
    {
        let count = page.grid.blocks.iter().filter(|block| block.title == title).count();
        assert_eq!(count, 1, "{title}");
    }
    let people = mina.load("find_people", &[("query", "서연".to_owned())]).await.json();
    assert_eq!(people.as_array().map(Vec::len), Some(1), "{people}");
    let admin: AdminPage = mina.load("load_admin", &[]).await.read();
    assert_eq!(admin.grant, "active");
    assert!(admin.push_possible);

    // From now on founding is signing in; a colleague who is no admin cannot give the company's consent.
    let again = house.signed_in(MINA, "company").await;
    assert_ne!(again.cookies, mina.cookies, "another session");
    let rooms = mina.day(today).await.grid.rooms;
    assert_eq!(rooms, page.grid.rooms, "nothing was founded twice");
    let mut joon = house.browser();
    let refused = joon.sign_in(JOON, "company").await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "not_allowed"));
    let mut joon = house.signed_in(JOON, "identity").await;
    assert_eq!(joon.day(today).await.grid.rooms.len(), 24);
    let refused = joon.load("load_admin", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "not_allowed"));
    // The other company is still unknown.
    assert_eq!(house.browser().sign_in(ADA, "identity").await.code(), "unknown_domain");
}
