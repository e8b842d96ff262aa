//! For the bench of imports: the rows that an import wrote, written again without all that made them.

use std::collections::BTreeMap;

use model::CompanyId;
use serde_json::{Map, Value};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Executor};

use crate::backup::{backup, insert_of};
use crate::db::Store;
use crate::dialect::Engine;
use crate::error::StoreError;
use crate::tenant::Tenant;

/// Rows of one statement.
const ROWS: usize = 500;
/// What an import writes, in order.
const TABLES: [&str; 4] = ["event", "copy", "occurrence", "change_log"];
/// What stands there before.
const BEFORE: [&str; 6] = ["company", "company_domain", "person", "room", "calendar", "credential"];

type Rows = Vec<Map<String, Value>>;

/// One room's rows by table, ready to be sent.
type Transaction = Vec<(&'static str, String)>;

/// A new database in which nothing is missing but what an import writes.
pub struct BareImport {
    engine: Engine,
    company: CompanyId,
    connection: AnyConnection,
    transactions: Vec<Transaction>,
    rows: usize,
}

impl BareImport {
    /// Takes the rows of the database at `from`, which has one company, into a new one at `to`.
    pub async fn of(from: &str, to: &str, company: CompanyId) -> Result<Self, StoreError> {
        let mut lines = Vec::new();
        backup(from, &mut lines).await?;
        let mut tables: BTreeMap<String, Rows> = BTreeMap::new();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let mut line: Map<String, Value> = serde_json::from_slice(line)?;
            if let (Some(Value::String(table)), Some(Value::Object(row))) =
                (line.remove("table"), line.remove("row"))
            {
                tables.entry(table).or_default().push(row);
            }
        }
        Store::open(to).await?.close().await;
        let engine = Engine::of(to).ok_or(StoreError::NotFound)?;
        let mut connection = to.parse::<AnyConnectOptions>()?.connect().await?;
        engine.prepare(&mut connection).await?;
        let mut bare = Self { engine, company, connection, transactions: Vec::new(), rows: 0 };
        let before = BEFORE.iter().map(|table| statements(table, tables.remove(*table).unwrap_or_default()));
        bare.write(before.collect::<Result<Vec<_>, _>>()?.concat()).await?;
        bare.transactions = by_room(&mut tables)?;
        bare.rows = TABLES.iter().map(|table| tables.get(*table).map_or(0, Vec::len)).sum();
        Ok(bare)
    }

    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Writes all of them, a transaction a room.
    pub async fn run(&mut self) -> Result<(), StoreError> {
        for transaction in std::mem::take(&mut self.transactions) {
            self.write(transaction).await?;
        }
        Ok(())
    }

    async fn write(&mut self, transaction: Transaction) -> Result<(), StoreError> {
        self.connection.execute(self.engine.begin_write()).await?;
        if let Some(text) = self.engine.enter(Tenant::Company(self.company)) {
            self.connection.execute(text).await?;
        }
        for (table, rows) in transaction {
            sqlx::query(insert_of(self.engine, table)?).bind(rows).execute(&mut self.connection).await?;
        }
        self.connection.execute("COMMIT").await?;
        Ok(())
    }
}

fn statements(table: &'static str, rows: Rows) -> Result<Transaction, StoreError> {
    let parts = rows.chunks(ROWS).map(|part| Ok((table, serde_json::to_string(part)?)));
    parts.collect()
}

fn text<'r>(row: &'r Map<String, Value>, column: &str) -> &'r str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// The rows of each room's calendar; the change log's one by one, as far as they go.
fn by_room(tables: &mut BTreeMap<String, Rows>) -> Result<Vec<Transaction>, StoreError> {
    let rows = |table: &str| tables.get(table).cloned().unwrap_or_default();
    let mut rooms: BTreeMap<String, [Rows; 3]> = BTreeMap::new();
    let mut room_of = BTreeMap::new();
    for row in rows("copy") {
        let calendar = text(&row, "calendar").to_owned();
        room_of.insert(text(&row, "event_id").to_owned(), calendar.clone());
        rooms.entry(calendar).or_default()[1].push(row);
    }
    for (place, table, id) in [(0, "event", "id"), (2, "occurrence", "event_id")] {
        for row in rows(table) {
            if let Some(calendar) = room_of.get(text(&row, id)) {
                rooms.entry(calendar.clone()).or_default()[place].push(row);
            }
        }
    }
    let mut logs = rows("change_log").into_iter();
    let mut transactions = Vec::with_capacity(rooms.len());
    for [events, copies, occurrences] in rooms.into_values() {
        let log: Rows = logs.next().into_iter().collect();
        let all = TABLES.into_iter().zip([events, copies, occurrences, log]);
        let parts = all.map(|(table, rows)| statements(table, rows)).collect::<Result<Vec<_>, _>>()?;
        transactions.push(parts.concat());
    }
    if let Some(last) = transactions.last_mut() {
        last.extend(statements("change_log", logs.collect())?);
    }
    Ok(transactions)
}
