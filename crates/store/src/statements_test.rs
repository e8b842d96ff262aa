//! Every statement is prepared on every engine: a typo or a column that is gone shows here, not at night.

use sqlx::{AnyConnection, Connection, Executor, SqlSafeStr};

use crate::dialect::Engine;

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect("sqlite::memory:").await.unwrap();
    crate::migrate::run(Engine::Sqlite, &mut connection).await.unwrap();
    every_statement_prepares(Engine::Sqlite, &mut connection).await;
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    let Some(database) = crate::database::Database::empty_postgres().await else { return };
    let (engine, _, mut connection) = crate::db::connect(&database.url).await.unwrap();
    crate::migrate::run(engine, &mut connection).await.unwrap();
    engine.prepare(&mut connection).await.unwrap();
    every_statement_prepares(engine, &mut connection).await;
}

async fn every_statement_prepares(engine: Engine, connection: &mut AnyConnection) {
    let families: &[&[(&str, &'static str)]] = &[
        crate::answer::STATEMENTS,
        crate::backlog::STATEMENTS,
        crate::calendar::STATEMENTS,
        crate::change::STATEMENTS,
        crate::channel::STATEMENTS,
        crate::company::STATEMENTS,
        crate::copy::STATEMENTS,
        crate::credential::STATEMENTS,
        crate::display::STATEMENTS,
        crate::event::STATEMENTS,
        crate::guard::STATEMENTS,
        crate::health::STATEMENTS,
        crate::history::STATEMENTS,
        crate::notice::STATEMENTS,
        crate::occurrence::STATEMENTS,
        crate::outbox::STATEMENTS,
        crate::person::STATEMENTS,
        crate::room::STATEMENTS,
        crate::server::STATEMENTS,
        crate::session::STATEMENTS,
        crate::sign_in::STATEMENTS,
        crate::token::STATEMENTS,
        crate::tx::STATEMENTS,
        engine.statements(),
    ];
    let more = [crate::bench::all_statements(), crate::series::statements(engine)].concat();
    for (name, sql) in families.iter().copied().flatten().copied().chain(more) {
        let prepared = connection.prepare(sql.into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {sql}: {:?}", prepared.err());
    }
}
