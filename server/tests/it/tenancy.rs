//! Two companies in one program: neither sees anything of the other (TENANT).

use testkit::{HANBIT, Wish};

use crate::support::{ADA, JOON, MINA, seeded};

#[tokio::test]
async fn another_company_is_nowhere() {
    let house = seeded().await;
    let mut mina = house.found(MINA).await;
    let mut ada = house.found(ADA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let hanbit = mina.day(house.date).await.grid;
    let acme = ada.day(house.date).await.grid;
    assert_eq!((hanbit.rooms.len(), acme.rooms.len()), (24, 5));
    assert_eq!((hanbit.day.zone.as_str(), acme.day.zone.as_str()), ("Asia/Seoul", "America/New_York"));
    // Both companies have somebody who looks at the same day.
    let mut ada_screen = house.screen(&ada, house.date).await;
    let mut mina_screen = house.screen(&mina, house.date).await;

    // Numbers are per company: those that only the other company has are nowhere.
    let foreign =
        hanbit.rooms.iter().find(|room| acme.rooms.iter().all(|own| own.number != room.number)).unwrap();
    let wish = Wish::new(foreign.number, &house.at("10:00"), &house.at("11:00"), "x");
    let answer = ada.book(&wish).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"));
    let theirs = Wish::new(foreign.number, &house.at("10:00"), &house.at("11:00"), "한빛의 일");
    let booked = joon.booked(&theirs).await;
    let number = booked.block.key.booking;
    for answer in [
        ada.load("load_booking", &[("number", number.to_string())]).await,
        ada.cancel(number).await,
        ada.change(number, &[("title", "mine".to_owned())]).await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{}", answer.text());
    }
    let page = ada.get(&format!("/bookings/{number}")).await;
    assert_eq!(page.status, 404);
    // An intent that the other company has used says nothing here.
    let own = acme.rooms[0].number;
    let mut same = Wish::new(own, &house.at("20:00"), &house.at("21:00"), "the same intent");
    same.intent = theirs.intent;
    let answer = ada.booked(&same).await;
    assert_eq!((answer.block.title.as_str(), answer.block.key.room), ("the same intent", own));
    let kept = mina.blocks(house.date, "한빛의 일").await;
    assert_eq!(kept.iter().map(|block| block.key).collect::<Vec<_>>(), [booked.block.key]);
    let people = ada.load("find_people", &[("query", "hanbit".to_owned())]).await;
    assert_eq!(people.text(), "[]");

    // What happens there is told here to nobody; what happens here is.
    let room = house.google.room_email(HANBIT, "한라");
    house.google.insert(JOON, &house.event("한빛의 회의", "14:00", "15:00", &room)).await;
    mina_screen
        .until("hanbit's own event", |grid| grid.blocks.values().any(|block| block.title == "한빛의 회의"))
        .await;
    let mine = Wish::new(own, &house.at("22:00"), &house.at("23:00"), "Acme's own");
    ada.booked(&mine).await;
    ada_screen
        .until("Acme's booking", |grid| grid.blocks.values().any(|block| block.title == "Acme's own"))
        .await;
    let page = ada.get(&format!("/rooms?date={}", house.date)).await;
    let admin = ada.load("load_admin", &[]).await;
    for text in ada_screen.texts.iter().map(String::as_str).chain([page.text(), admin.text()]) {
        for word in ["한빛", "한라", "본관", "민아", "hanbit"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
    // Their next change comes after ours: whatever was sent to the wrong screens is there by then.
    joon.cancel(number).await.read::<model::page::Cancelled>();
    mina_screen
        .until("the cancellation", |grid| grid.blocks.values().all(|block| block.key != booked.block.key))
        .await;
    assert!(mina_screen.texts.iter().all(|text| !text.contains("Acme") && !text.contains("Hudson")));
    let day = mina.day(house.date).await.grid;
    assert!(day.blocks.iter().all(|block| block.title != "Acme's own"));
}
