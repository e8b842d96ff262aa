//! Lobby boards. The token is the credential; only its hash is kept.

use model::{CompanyId, DisplayId, Instant};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO display (company_id, id, token_hash, name, building, floor, show_titles, created_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    BY_HASH = "SELECT * FROM display WHERE token_hash = $1 AND revoked_at IS NULL";
    ALL = "SELECT * FROM display WHERE company_id = $1 AND revoked_at IS NULL ORDER BY created_at";
    REVOKE = "UPDATE display SET revoked_at = $3 WHERE company_id = $1 AND id = $2 AND revoked_at IS NULL";
    SEEN = "UPDATE display SET last_seen_at = $3 WHERE company_id = $1 AND id = $2";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayStored {
    pub company: CompanyId,
    pub id: DisplayId,
    pub name: String,
    pub building: Option<String>,
    pub floor: Option<String>,
    pub show_titles: bool,
    pub last_seen_at: Option<Instant>,
}

fn read(row: &AnyRow) -> Result<DisplayStored, StoreError> {
    Ok(DisplayStored {
        company: row.parsed("company_id")?,
        id: row.parsed("id")?,
        name: row.text("name")?,
        building: row.text_opt("building")?,
        floor: row.text_opt("floor")?,
        show_titles: row.flag("show_titles")?,
        last_seen_at: row.instant_opt("last_seen_at")?,
    })
}

impl System {
    pub async fn display_by_hash(&self, hash: &str) -> Result<Option<DisplayStored>, StoreError> {
        let row = sqlx::query(BY_HASH).bind(hash.to_owned()).fetch_optional(&self.readers).await?;
        row.as_ref().map(read).transpose()
    }
}

impl CompanyStore {
    pub async fn display_list(&self) -> Result<Vec<DisplayStored>, StoreError> {
        let rows = sqlx::query(ALL).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }
}

impl Tx {
    pub async fn display_insert(
        &mut self,
        display: &DisplayStored,
        token_hash: &str,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(INSERT)
            .bind(company)
            .bind(display.id.to_string())
            .bind(token_hash.to_owned())
            .bind(display.name.clone())
            .bind(display.building.clone())
            .bind(display.floor.clone())
            .bind(i64::from(display.show_titles))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Answers whether there was one.
    pub async fn display_revoke(&mut self, id: DisplayId) -> Result<bool, StoreError> {
        Ok(self.display_mark(REVOKE, id).await? > 0)
    }

    pub async fn display_seen(&mut self, id: DisplayId) -> Result<(), StoreError> {
        self.display_mark(SEEN, id).await.map(|_| ())
    }

    async fn display_mark(&mut self, sql: &'static str, id: DisplayId) -> Result<u64, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(sql).bind(company).bind(id.to_string()).bind(now.as_micros());
        Ok(query.execute(self.connection()).await?.rows_affected())
    }
}
