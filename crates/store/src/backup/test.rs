//! The list of tables is the schema's.

use sqlx::{AnyConnection, Executor, Row, SqlSafeStr};

use crate::backup::tables::TABLES;
use crate::database::Database;
use crate::dialect::Engine;
use crate::{db, migrate};

const COLUMNS_SQLITE: &str = "SELECT m.name AS table_name, p.name AS column_name FROM sqlite_master m \
    JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name <> 'schema_version' AND m.name NOT LIKE 'sqlite_%'";
const COLUMNS_POSTGRES: &str = "SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name \
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'schema_version'";

#[tokio::test]
async fn a_backup_has_every_column_of_sqlite() {
    let database = Database::sqlite();
    let (engine, _, mut connection) = db::connect(&database.url).await.unwrap();
    migrate::run(engine, &mut connection).await.unwrap();
    compare(engine, &mut connection, COLUMNS_SQLITE).await;
}

#[tokio::test]
async fn a_backup_has_every_column_of_postgres() {
    let Some(database) = Database::empty_postgres().await else { return };
    let (engine, _, mut connection) = db::connect(&database.url).await.unwrap();
    migrate::run(engine, &mut connection).await.unwrap();
    compare(engine, &mut connection, COLUMNS_POSTGRES).await;
}

async fn compare(engine: Engine, connection: &mut AnyConnection, columns: &'static str) {
    let rows = sqlx::query(columns).fetch_all(&mut *connection).await.unwrap();
    let mut there: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let named = |table: &'static str, columns: &[&'static str]| {
        columns.iter().map(move |column| (table.to_owned(), (*column).to_owned())).collect::<Vec<_>>()
    };
    let mut listed: Vec<_> = TABLES.iter().flat_map(|table| named(table.name, table.columns)).collect();
    there.sort();
    listed.sort();
    assert_eq!(listed, there);
    for table in TABLES {
        let insert = match engine {
            Engine::Sqlite => table.insert_sqlite,
            Engine::Postgres => table.insert_postgres,
        };
        for sql in [table.select, insert] {
            let prepared = connection.prepare(sql.into_sql_str()).await;
            assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
        }
    }
}
