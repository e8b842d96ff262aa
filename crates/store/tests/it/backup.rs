//! Out of one database, into another: the same, whichever engines they have.

use model::{BookingState, Seq};
use store::{Store, StoreError, backup, restore};

use crate::database::Database;
use crate::notice::notice;
use crate::series::{put, with_override};
use crate::support::{Fixture, NOW, event, hour, occurrence};

/// Two companies with a little of everything.
async fn filled(database: Database) -> Fixture {
    let fixture = Fixture::on(database).await;
    for index in 0..700 {
        fixture.book(fixture.rooms[0], hour(index)).await.unwrap();
    }
    let odd = event(fixture.person, hour(0));
    let (id, room) = (odd.id, fixture.rooms[1]);
    let odd =
        store::EventRow {
            title: "\"quoted\" \\ and\nbroken, 한글, {\"a\":1}".into(), private: true, ..odd
        };
    let told = notice(fixture.person, id, room, 0);
    fixture
        .company
        .write(NOW, move |tx| {
            Box::pin(async move {
                tx.event_insert(&odd).await?;
                tx.occurrence_put(&occurrence(id, room, hour(0), BookingState::Conflicted)).await?;
                tx.notice_tell(&[told]).await?;
                tx.copy_put(&store::CopyRow {
                    event: id,
                    calendar: "c".into(),
                    google_id: "g".into(),
                    etag: None,
                    raw: serde_json::json!({ "summary": "한글", "n": 1.5, "big": i64::MAX }),
                    seen_at: NOW,
                })
                .await
            })
        })
        .await
        .unwrap();
    put(&fixture.company, with_override(&fixture)).await.unwrap();
    let other = model::CompanyId::new(NOW, crate::support::entropy());
    let founded = fixture.store.company_insert(
        NOW,
        other,
        "Acme".into(),
        "America/New_York".into(),
        "acme.example".into(),
    );
    founded.await.unwrap();
    fixture
}

async fn saved(url: &str) -> Vec<u8> {
    let mut file = Vec::new();
    let summary = backup(url, &mut file).await.unwrap();
    assert_eq!(summary.companies, 2);
    file
}

async fn there_and_back(from: Database, to: Database) {
    let fixture = filled(from).await;
    let file = saved(&fixture.database.url).await;
    assert_eq!(file, saved(&fixture.database.url).await, "the same data is the same file");
    let restored = restore(&to.url, &mut &file[..]).await.unwrap();
    assert_eq!(restored.companies, 2);
    assert_eq!(saved(&to.url).await, file);

    // It is in use again, and counts on.
    let store = Store::open(&to.url).await.unwrap();
    let company = store.company(fixture.company.id());
    assert_eq!(company.company().await.unwrap().seq, Seq(701));
    assert!(matches!(fixture.book_by(&company, fixture.rooms[0], hour(5)).await, Err(StoreError::RoomTaken)));
    let id = fixture.book_by(&company, fixture.rooms[0], hour(800)).await.unwrap();
    assert_eq!(company.event_get(id).await.unwrap().unwrap().number.0, 1_703);
    store.close().await;

    // Not into what has data, and not from a damaged file, which leaves nothing behind.
    let refused = restore(&to.url, &mut &file[..]).await.unwrap_err();
    assert!(refused.to_string().contains("not empty"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_to_sqlite() {
    there_and_back(Database::sqlite(), Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_postgres_to_postgres() {
    let (Some(from), Some(to)) = (Database::postgres().await, Database::empty_postgres().await) else {
        return;
    };
    there_and_back(from, to).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_to_postgres() {
    let Some(to) = Database::empty_postgres().await else { return };
    there_and_back(Database::sqlite(), to).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_postgres_to_sqlite() {
    let Some(from) = Database::postgres().await else { return };
    there_and_back(from, Database::sqlite()).await;
}

async fn a_damaged_file_restores_nothing(from: Database, to: Database) {
    let fixture = filled(from).await;
    let whole = String::from_utf8(saved(&fixture.database.url).await).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let last = lines.len() - 1;
    let without_a_row = [&lines[..last - 1], &lines[last..]].concat();
    let damages = [
        ("cut", joined(&lines[..last])),
        ("a row less", joined(&without_a_row)),
        ("another title", whole.replacen("주간 회의", "주간 화의", 1)),
        ("more", whole.clone() + "{}\n"),
        ("newer", whole.replacen("\"schema\":", "\"schema\":9", 1)),
        ("something else", "hello\n".to_owned()),
    ];
    for (damage, file) in damages {
        let refused = restore(&to.url, &mut file.as_bytes()).await;
        assert!(matches!(refused, Err(StoreError::Setup(_))), "{damage}: {refused:?}");
        let store = Store::open(&to.url).await.unwrap();
        assert!(store.system().company_list().await.unwrap().is_empty(), "{damage}");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_restores_nothing_on_sqlite() {
    a_damaged_file_restores_nothing(Database::sqlite(), Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_restores_nothing_on_postgres() {
    let Some(to) = Database::empty_postgres().await else { return };
    a_damaged_file_restores_nothing(Database::sqlite(), to).await;
}
