//! Forward, with the data kept, on both engines.

use sqlx::{AnyConnection, Executor, Row};

use crate::database::Database;
use crate::error::StoreError;
use crate::{db, migrate};

const COMPANY: &str =
    "INSERT INTO company (id, name, zone, created_at) VALUES ('c', '한빛', 'Asia/Seoul', 1)";
const ROOM: &str = "INSERT INTO room (company_id, id, number, resource_id, email, name, building, floor, capacity, features, \
    health, retired_at) VALUES ('c', 'r', 1, 'res', 'r@example.com', '한라', '', '3', 4, '[]', 'new', NULL)";
const READ: &str =
    "SELECT c.name AS company, r.name AS room FROM company c JOIN room r ON r.company_id = c.id";
const NEWER: &str = "INSERT INTO schema_version (version) VALUES (9999)";

#[tokio::test]
async fn data_of_the_first_version_is_kept_on_sqlite() {
    data_of_the_first_version_is_kept(&Database::sqlite()).await;
}

#[tokio::test]
async fn data_of_the_first_version_is_kept_on_postgres() {
    let Some(database) = Database::empty_postgres().await else { return };
    data_of_the_first_version_is_kept(&database).await;
}

async fn data_of_the_first_version_is_kept(database: &Database) {
    let (engine, _, mut connection) = db::connect(&database.url).await.unwrap();
    migrate::run_to(engine, &mut connection, 1).await.unwrap();
    as_company(engine, &mut connection).await;
    connection.execute(COMPANY).await.unwrap();
    connection.execute(ROOM).await.unwrap();
    connection.execute("COMMIT").await.unwrap();
    migrate::run(engine, &mut connection).await.unwrap();
    assert_eq!(migrate::read_version(&mut connection).await.unwrap(), migrate::known(engine));
    as_company(engine, &mut connection).await;
    let row = sqlx::query(READ).fetch_one(&mut connection).await.unwrap();
    let names: (String, String) = (row.try_get("company").unwrap(), row.try_get("room").unwrap());
    assert_eq!(names, ("한빛".to_owned(), "한라".to_owned()));
    connection.execute("COMMIT").await.unwrap();

    connection.execute(NEWER).await.unwrap();
    let refused = migrate::run(engine, &mut connection).await.unwrap_err();
    assert!(matches!(refused, StoreError::NewerSchema { found: 9_999, .. }), "{refused}");
}

async fn as_company(engine: crate::dialect::Engine, connection: &mut AnyConnection) {
    connection.execute(engine.begin_write()).await.unwrap();
    if engine == crate::dialect::Engine::Postgres {
        connection.execute("SET LOCAL roomly.company = 'c'").await.unwrap();
    }
}

/// See also `a_superuser_works_as_the_bounded_role`.
#[tokio::test]
async fn a_role_without_bounds_is_refused() {
    let Some(database) = Database::empty_postgres().await else { return };
    let (engine, _, mut bounded) = db::connect(&database.url).await.unwrap();
    engine.prepare(&mut bounded).await.unwrap();
    engine.check_role(&mut bounded).await.unwrap();
    let (_, _, mut boundless) = db::connect(&crate::database::as_superuser(&database.url)).await.unwrap();
    let refused = engine.check_role(&mut boundless).await.unwrap_err();
    assert!(matches!(refused, StoreError::UnboundedRole));
    assert!(refused.to_string().contains("ALTER ROLE roomly_app"), "{refused}");
}
