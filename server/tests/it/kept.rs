//! The day page is kept and put together for whoever looks: nobody may notice.

use http::Method;
use model::page::NoticesPage;
use testkit::{Answer, Browser, HANBIT, Wish, wait_until};

use crate::support::{JOON, MINA, small};

/// A name that every kind of escaping is for.
const ODD: &str = "<b>\"O'Neil\" & \\ Söhne";

async fn page(browser: &mut Browser, address: &str) -> Answer {
    let answer = browser.send(Method::GET, address, &[("accept", "text/html")], String::new()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// When the grid of a page was read.
fn read_at(answer: &Answer) -> String {
    let (_, rest) = answer.text().split_once("\"rendered_at\":").unwrap();
    rest.split(",\"").next().unwrap().to_owned()
}

/// Without what differs between any two answers: nonce, time, and the mark that keeps a page from being kept.
fn plain(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    answer.text().replace(nonce, "N").replace(&read_at(answer), "T").replace("%26x%3D1", "")
}

#[tokio::test]
async fn a_kept_page_is_the_page_that_would_be_drawn_for_each_viewer() {
    let house = small().await;
    house.google.world().add_user("odd@hanbit.example", ODD, "", false);
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "identity").await;
    let mut odd = house.signed_in("odd@hanbit.example", "identity").await;
    let room = joon.room(house.date, "한라").await;
    let secret =
        Wish { private: true, ..Wish::new(room, &house.at("10:00"), &house.at("11:00"), "연봉 협상") };
    odd.booked(&secret).await;
    house.quiet().await;
    // Somebody writes over it by force, of which the admin is told.
    let halla = house.google.room_email(HANBIT, "한라");
    let mut forced = house.event("점검", "10:30", "11:30", &halla);
    forced.as_object_mut().unwrap().remove("attendees");
    house.google.insert_on(MINA, &halla, &forced).await;
    wait_until("the admin to be told", async || {
        let told: NoticesPage = mina.load("load_notices", &[]).await.read();
        (!told.notices.is_empty()).then_some(())
    })
    .await;
    house.quiet().await;

    let address = format!("/rooms?date={}", house.date);
    let drawn = format!("{address}&x=1");
    let (kept_joon, kept_odd) = wait_until("two people to be shown one page", async || {
        let pair = (page(&mut joon, &address).await, page(&mut odd, &address).await);
        (read_at(&pair.0) == read_at(&pair.1)).then_some(pair)
    })
    .await;

    let kept_mina = wait_until("the admin to be shown one page twice", async || {
        let pair = (page(&mut mina, &address).await, page(&mut mina, &address).await);
        (read_at(&pair.0) == read_at(&pair.1)).then_some(pair.1)
    })
    .await;
    let unseen = |answer: &Answer| answer.text().split_once("data-unseen=\"").unwrap().1[..2].to_owned();
    assert_eq!([&kept_joon, &kept_mina].map(unseen), ["0\"", "1\""]);

    let all = [(&mut joon, &kept_joon), (&mut odd, &kept_odd), (&mut mina, &kept_mina)];
    for (browser, kept) in all {
        let drawn = page(browser, &drawn).await;
        assert_ne!(read_at(kept), read_at(&drawn), "the other address is drawn anew");
        assert_eq!(plain(kept), plain(&drawn));
        for header in ["content-type", "cache-control", "referrer-policy"] {
            assert_eq!(kept.header(header), drawn.header(header), "{header}");
        }
    }
    let nonces = [&kept_joon, &kept_odd].map(|answer| answer.header("content-security-policy").to_owned());
    assert_ne!(nonces[0], nonces[1], "a nonce is used once");
    assert!(kept_odd.text().contains("연봉 협상") && !kept_joon.text().contains("연봉 협상"));
    assert!(!kept_joon.text().contains("odd@hanbit.example") && !kept_odd.text().contains(JOON));
}

#[tokio::test]
async fn what_was_just_booked_is_on_the_next_page() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "설악").await;
    let address = format!("/rooms?date={}", house.date);
    page(&mut mina, &address).await;
    for (from, to) in [("09:00", "10:00"), ("10:00", "11:00"), ("11:00", "12:00")] {
        let title = format!("회의 {from}");
        mina.booked(&Wish::new(room, &house.at(from), &house.at(to), &title)).await;
        assert!(page(&mut mina, &address).await.text().contains(&title));
    }
}
