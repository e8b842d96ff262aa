//! A whole database as one file, and back, on either engine and from one to the other.
//!
//! The file is lines of JSON: a head with the format and the schema, one line a row, and an end with the number of rows
//! and the SHA-256 of all lines before it. It is read in one snapshot, company by company, since row-level security lets
//! nobody see them all. Restoring is one transaction into an empty database, which is committed only after the file's
//! end agreed with what was read.
//!
//! Secrets are in it as they are in the database, sealed; it is worth as much care.

mod tables;
#[cfg(test)]
mod test;

use std::io::{BufRead, Write};

use futures::TryStreamExt;
use model::CompanyId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Column, Connection, Executor, Row};

use crate::backup::tables::{TABLES, Table};
use crate::db::connect;
use crate::dialect::Engine;
use crate::error::StoreError;
use crate::migrate;
use crate::sql::Columns;
use crate::tenant::Tenant;

const FORMAT: u32 = 1;
const COMPANIES: &str = "SELECT id FROM company ORDER BY id";
/// Rows of one statement, and of about how much text.
const ROWS: usize = 500;
const TEXT: usize = 4 << 20;

/// What was written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub companies: usize,
    pub rows: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    roomly_backup: u32,
    schema: i64,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: Totals,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Totals {
    rows: u64,
    sha256: String,
}

#[derive(Deserialize)]
struct Line {
    table: String,
    row: Map<String, Value>,
}

#[derive(Serialize)]
struct LineRef<'a> {
    table: &'a str,
    row: Map<String, Value>,
}

/// Writes the database at `url` to `out`. Servers may run meanwhile: what is written is one moment.
pub async fn backup(url: &str, out: &mut (dyn Write + Send)) -> Result<Summary, StoreError> {
    let (engine, _, mut connection) = connect(url).await?;
    let known = migrate::known(engine);
    // A database that has none has no version table either.
    let schema = migrate::read_version(&mut connection).await.unwrap_or(0);
    if schema != known {
        return Err(StoreError::Setup(format!(
            "the database has schema {schema}, this program knows {known}: back up with the version that wrote it, or \
             run `roomly migrate` first"
        )));
    }
    engine.prepare(&mut connection).await?;
    connection.execute(engine.begin_backup()).await?;
    let mut file = Hashed::new(out);
    file.line(&Head { roomly_backup: FORMAT, schema })?;
    enter(engine, &mut connection, Tenant::System).await?;
    let companies = sqlx::query(COMPANIES).fetch_all(&mut connection).await?;
    let companies: Vec<CompanyId> = companies.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?;
    let mut rows = 0;
    for table in TABLES.iter().filter(|table| !table.owned) {
        rows += write_table(&mut connection, table, "", &mut file).await?;
    }
    for company in &companies {
        enter(engine, &mut connection, Tenant::Company(*company)).await?;
        for table in TABLES.iter().filter(|table| table.owned) {
            rows += write_table(&mut connection, table, &company.to_string(), &mut file).await?;
        }
    }
    connection.execute("COMMIT").await?;
    connection.close().await.ok();
    let totals = Totals { rows, sha256: file.digest() };
    file.line(&End { end: totals })?;
    file.out.flush().map_err(unwritable)?;
    Ok(Summary { companies: companies.len(), rows })
}

async fn write_table(
    connection: &mut AnyConnection,
    table: &Table,
    company: &str,
    file: &mut Hashed<'_>,
) -> Result<u64, StoreError> {
    let mut written = 0;
    let mut rows = sqlx::query(table.select).bind(company.to_owned()).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        file.line(&LineRef { table: table.name, row: values(&row)? })?;
        written += 1;
    }
    Ok(written)
}

/// Texts and whole numbers are all there is.
fn values(row: &AnyRow) -> Result<Map<String, Value>, StoreError> {
    let mut values = Map::new();
    for (index, column) in row.columns().iter().enumerate() {
        let value = match row.try_get::<Option<i64>, _>(index) {
            Ok(number) => number.map_or(Value::Null, Value::from),
            Err(_) => row.try_get::<Option<String>, _>(index)?.map_or(Value::Null, Value::from),
        };
        values.insert(column.name().to_owned(), value);
    }
    Ok(values)
}

/// Fills the empty database at `url`, which is migrated first, from what [`backup`] wrote. Either all of it is there
/// afterwards, or nothing.
pub async fn restore(url: &str, from: &mut (dyn BufRead + Send)) -> Result<Summary, StoreError> {
    let (engine, _, mut connection) = connect(url).await?;
    let mut lines = Lines { from, hash: Sha256::new() };
    let head: Head =
        lines.next()?.and_then(|line| serde_json::from_str(&line).ok()).ok_or_else(not_a_backup)?;
    let known = migrate::known(engine);
    if head.roomly_backup != FORMAT || head.schema != known {
        return Err(StoreError::Setup(format!(
            "the backup has schema {}, this program knows {known}: restore it with the version that wrote it, then \
             run `roomly migrate`",
            head.schema
        )));
    }
    migrate::run(engine, &mut connection).await?;
    engine.prepare(&mut connection).await?;
    connection.execute(engine.begin_restore()).await?;
    let restored = fill(engine, &mut connection, &mut lines).await;
    match restored {
        Ok(summary) => {
            connection.execute("COMMIT").await?;
            connection.close().await.ok();
            Ok(summary)
        }
        Err(error) => {
            connection.execute("ROLLBACK").await.ok();
            Err(error)
        }
    }
}

async fn fill(
    engine: Engine,
    connection: &mut AnyConnection,
    lines: &mut Lines<'_>,
) -> Result<Summary, StoreError> {
    enter(engine, connection, Tenant::System).await?;
    if !sqlx::query(COMPANIES).fetch_all(&mut *connection).await?.is_empty() {
        return Err(StoreError::Setup(
            "the database is not empty: a backup is restored into a new one".into(),
        ));
    }
    let mut load =
        Load { engine, connection, tenant: Tenant::System, table: None, rows: String::new(), held: 0 };
    let mut summary = Summary { companies: 0, rows: 0 };
    loop {
        let so_far = lines.hash.clone();
        let Some(line) = lines.next()? else { return Err(damaged("it ends too early")) };
        if let Ok(End { end }) = serde_json::from_str(&line) {
            load.flush().await?;
            if end != (Totals { rows: summary.rows, sha256: hex(&so_far) }) {
                return Err(damaged("its checksum or its number of rows differs"));
            }
            return match lines.next()? {
                Some(_) => Err(damaged("something follows its end")),
                None => Ok(summary),
            };
        }
        let line: Line = serde_json::from_str(&line).map_err(|_| damaged("a line cannot be read"))?;
        let table = TABLES.iter().find(|table| table.name == line.table);
        let table = table.ok_or_else(|| damaged("it has a table that this program does not know"))?;
        summary.rows += 1;
        summary.companies += usize::from(table.name == "company");
        load.row(table, &line.row).await?;
    }
}

/// Rows of one table and company on their way into the database.
struct Load<'c> {
    engine: Engine,
    connection: &'c mut AnyConnection,
    tenant: Tenant,
    table: Option<&'static Table>,
    /// The inside of a JSON array.
    rows: String,
    held: usize,
}

impl Load<'_> {
    async fn row(&mut self, table: &'static Table, row: &Map<String, Value>) -> Result<(), StoreError> {
        let tenant = tenant_of(table, row)?;
        let same = self.table.is_some_and(|held| held.name == table.name) && self.tenant == tenant;
        if !same || self.held == ROWS || self.rows.len() > TEXT {
            self.flush().await?;
        }
        if self.tenant != tenant {
            enter(self.engine, self.connection, tenant).await?;
            self.tenant = tenant;
        }
        self.table = Some(table);
        if self.held > 0 {
            self.rows.push(',');
        }
        self.rows.push_str(&serde_json::to_string(row)?);
        self.held += 1;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let (Some(table), 1..) = (self.table.take(), self.held) else { return Ok(()) };
        let insert = table.insert(self.engine);
        let rows = format!("[{}]", self.rows);
        let inserted = sqlx::query(insert).bind(rows).execute(&mut *self.connection).await?.rows_affected();
        if usize::try_from(inserted) != Ok(self.held) {
            return Err(damaged("not every row was taken"));
        }
        self.rows.clear();
        self.held = 0;
        Ok(())
    }
}

/// The statement that inserts rows of a table, given as a JSON array of objects with the columns' names.
pub(crate) fn insert_of(engine: Engine, table: &str) -> Result<&'static str, StoreError> {
    let table = TABLES.iter().find(|known| known.name == table);
    table.map(|table| table.insert(engine)).ok_or_else(|| StoreError::Damaged("an unknown table".into()))
}

fn tenant_of(table: &Table, row: &Map<String, Value>) -> Result<Tenant, StoreError> {
    if !table.owned {
        return Ok(Tenant::System);
    }
    let column = if table.name == "company" { "id" } else { "company_id" };
    let id = row.get(column).and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.map(Tenant::Company).ok_or_else(|| damaged("a row is nobody's"))
}

async fn enter(engine: Engine, connection: &mut AnyConnection, tenant: Tenant) -> Result<(), StoreError> {
    if let Some(text) = engine.enter(tenant) {
        connection.execute(text).await?;
    }
    Ok(())
}

struct Hashed<'o> {
    out: &'o mut (dyn Write + Send),
    hash: Sha256,
}

impl<'o> Hashed<'o> {
    fn new(out: &'o mut (dyn Write + Send)) -> Self {
        Self { out, hash: Sha256::new() }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.hash.update(text.as_bytes());
        self.out.write_all(text.as_bytes()).map_err(unwritable)
    }

    fn digest(&self) -> String {
        hex(&self.hash)
    }
}

struct Lines<'f> {
    from: &'f mut (dyn BufRead + Send),
    hash: Sha256,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<String>, StoreError> {
        let mut line = String::new();
        let read = self.from.read_line(&mut line);
        let read = read.map_err(|error| StoreError::Setup(format!("failed to read the backup: {error}")))?;
        self.hash.update(line.as_bytes());
        Ok((read > 0).then_some(line))
    }
}

/// Of what was hashed so far.
fn hex(hash: &Sha256) -> String {
    hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unwritable(error: std::io::Error) -> StoreError {
    StoreError::Setup(format!("failed to write the backup: {error}"))
}

fn not_a_backup() -> StoreError {
    StoreError::Setup("this file is not a backup of Roomly".into())
}

fn damaged(how: &str) -> StoreError {
    StoreError::Setup(format!("the backup is damaged ({how}); nothing was restored"))
}
