//! A lobby board hangs for months: what the Directory does to the rooms of its floor, it shows without a new start.

use http::Method;
use model::page::{DirectoryReport, DisplayCreated};
use model::{BookingState, GridState};
use serde_json::{Value, json};
use testkit::{Browser, HANBIT, House, Screen};

use crate::support::{JOON, MINA, small};

const ROOMS: &str = "/admin/directory/v1/customer/my_customer/resources/calendars";

/// A board of the second floor, where 한라 and 백록담 are, in a house whose day is today.
async fn second_floor() -> (House, Browser, String) {
    let mut house = small().await;
    house.date = house.today;
    let mut mina = house.found(MINA).await;
    let place = [("building", "본관".to_owned()), ("floor", "2".to_owned())];
    let created: DisplayCreated = mina.post("create_display", &place).await.read();
    (house, mina, created.token)
}

/// Changes a room in the Directory, by its name; `null` deletes it.
async fn change(house: &House, name: &str, change: &Value) {
    let listed = testkit::acted(&house.google.call(MINA, Method::GET, ROOMS, &Value::Null).await);
    let rooms = listed["items"].as_array().unwrap();
    let room = rooms.iter().find(|room| room["resourceName"] == name).unwrap();
    let path = format!("{ROOMS}/{}", room["resourceId"].as_str().unwrap());
    let method = if change.is_null() { Method::DELETE } else { Method::PATCH };
    testkit::acted(&house.google.call(MINA, method, &path, change).await);
}

/// The admin's button: the Directory is read anew.
async fn read_directory(mina: &mut Browser) -> DirectoryReport {
    mina.post("sync_directory", &[]).await.read()
}

fn names(grid: &GridState) -> Vec<&str> {
    grid.rooms.iter().map(|room| room.name.as_str()).collect()
}

/// What is drawn: blocks of rooms that are drawn.
fn drawn(grid: &GridState) -> Vec<(&str, &str)> {
    let name = |number| grid.rooms.iter().find(|room| room.number == number).map(|room| room.name.as_str());
    grid.blocks.values().filter_map(|block| Some((name(block.key.room)?, block.state.as_str()))).collect()
}

/// The board is what it would be if it was opened now, and sees nothing of other floors.
async fn is_as_fresh(house: &House, token: &str, board: &Screen) {
    let fresh = house.board(token, house.today).await;
    assert_eq!(fresh.grid().rooms, board.grid().rooms);
    assert_eq!(drawn(fresh.grid()), drawn(board.grid()));
}

#[tokio::test]
async fn a_room_that_is_new_on_the_floor_is_shown() {
    let (house, mut mina, token) = second_floor().await;
    let mut board = house.board(&token, house.today).await;
    let mut grid = house.screen(&mina, house.today).await;
    assert_eq!(names(board.grid()), ["백록담", "한라"]);
    for (name, floor) in [("금강", "2"), ("오대", "3")] {
        house.google.world().add_room(HANBIT, name, Some("main"), Some(floor), 6, &[]);
    }
    assert_eq!(read_directory(&mut mina).await.rooms_added, 2);
    grid.until("both", |grid| grid.rooms.len() == 6).await;
    board.until("the new room", |grid| names(grid) == ["금강", "백록담", "한라"]).await;

    // What happens in it, too.
    let geumgang = house.google.room_email(HANBIT, "금강");
    let odae = house.google.room_email(HANBIT, "오대");
    house.google.insert(JOON, &house.event("위층", "10:00", "11:00", &odae)).await;
    house.google.insert(JOON, &house.event("새 방", "10:00", "11:00", &geumgang)).await;
    board.until("a booking in it", |grid| drawn(grid) == [("금강", "confirmed")]).await;
    let upstairs =
        |grid: &GridState| grid.blocks.values().filter(|b| b.state == BookingState::Confirmed).count() == 2;
    grid.until("both bookings", upstairs).await;
    assert_eq!(board.grid().blocks.len(), 1, "the other floor is not this board's");
    assert!(
        board.texts.iter().all(|text| !text.contains("오대") && !text.contains("방\"")),
        "{:?}",
        board.texts
    );
    is_as_fresh(&house, &token, &board).await;
}

#[tokio::test]
async fn rooms_that_are_renamed_moved_and_removed() {
    let (house, mut mina, token) = second_floor().await;
    let seorak = house.google.room_email(HANBIT, "설악");
    let halla = house.google.room_email(HANBIT, "한라");
    house.google.insert(JOON, &house.event("아래층으로", "10:00", "11:00", &seorak)).await;
    house.google.insert(JOON, &house.event("위층으로", "10:00", "11:00", &halla)).await;
    house.quiet().await;
    let mut board = house.board(&token, house.today).await;
    // Others who look at the same floor later share its topic.
    let mut later = house.board(&token, house.today).await;
    assert_eq!(drawn(board.grid()), [("한라", "confirmed")]);

    change(&house, "백록담", &json!({ "resourceName": "천지" })).await;
    read_directory(&mut mina).await;
    board.until("the new name", |grid| names(grid) == ["천지", "한라"]).await;

    // With what stands in it already.
    change(&house, "설악", &json!({ "floorName": "2" })).await;
    read_directory(&mut mina).await;
    board.until("the room from upstairs", |grid| names(grid) == ["설악", "천지", "한라"]).await;
    assert_eq!(drawn(board.grid()).len(), 2, "{:?}", drawn(board.grid()));

    change(&house, "한라", &json!({ "floorName": "3" })).await;
    read_directory(&mut mina).await;
    board.until("it is upstairs now", |grid| names(grid) == ["설악", "천지"]).await;
    assert_eq!(drawn(board.grid()), [("설악", "confirmed")]);
    let told: Vec<_> = board.texts.iter().filter(|text| text.contains("\"floor\":\"3\"")).collect();
    assert!(told.is_empty(), "where it went is no business of this board: {told:?}");

    change(&house, "천지", &Value::Null).await;
    assert_eq!(read_directory(&mut mina).await.rooms_retired, 1);
    board.until("one room", |grid| names(grid) == ["설악"]).await;
    // And there and back.
    change(&house, "한라", &json!({ "floorName": "2" })).await;
    read_directory(&mut mina).await;
    for board in [&mut board, &mut later] {
        board.until("both", |grid| names(grid) == ["설악", "한라"]).await;
        assert_eq!(drawn(board.grid()).len(), 2);
        is_as_fresh(&house, &token, board).await;
    }
}

/// Its rooms as it left them are not known when it comes back: it gets the whole picture.
#[tokio::test]
async fn a_board_that_was_away_while_rooms_came_and_went() {
    let (house, mut mina, token) = second_floor().await;
    let seorak = house.google.room_email(HANBIT, "설악");
    house.google.insert(JOON, &house.event("아래층으로", "10:00", "11:00", &seorak)).await;
    house.quiet().await;
    let mut board = house.board(&token, house.today).await;
    change(&house, "설악", &json!({ "floorName": "2" })).await;
    change(&house, "한라", &json!({ "floorName": "3" })).await;
    read_directory(&mut mina).await;
    // What the old socket had to say is lost.
    assert!(board.come_back(&house.roomly.root, &[("origin", house.roomly.root.as_str())]).await);
    board.until("the floor as it is", |grid| names(grid) == ["백록담", "설악"]).await;
    assert_eq!(drawn(board.grid()), [("설악", "confirmed")]);
    is_as_fresh(&house, &token, &board).await;
}
