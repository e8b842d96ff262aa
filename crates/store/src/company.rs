//! Companies and their domains.

use model::{CompanyId, Instant, Seq};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, Store, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO company (id, name, zone, created_at) VALUES ($1, $2, $3, $4)";
    INSERT_DOMAIN = "INSERT INTO company_domain (domain, company_id) VALUES ($1, $2)";
    BY_DOMAIN = "SELECT c.id, c.name, c.zone, c.seq FROM company c \
                 JOIN company_domain d ON d.company_id = c.id WHERE d.domain = $1";
    SET_NAME = "UPDATE company SET name = $2 WHERE id = $1";
    BY_ID = "SELECT id, name, zone, seq FROM company WHERE id = $1";
    SEQS = "SELECT id, seq FROM company WHERE seq > 0";
    ALL = "SELECT id, name, zone, seq FROM company ORDER BY id";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyRow {
    pub id: CompanyId,
    pub name: String,
    /// IANA name.
    pub zone: String,
    pub seq: Seq,
}

fn read(row: &AnyRow) -> Result<CompanyRow, StoreError> {
    Ok(CompanyRow {
        id: row.parsed("id")?,
        name: row.text("name")?,
        zone: row.text("zone")?,
        seq: Seq(row.int("seq")?),
    })
}

impl System {
    /// The company that a Workspace domain (lower case) belongs to.
    pub async fn company_by_domain(&self, domain: &str) -> Result<Option<CompanyRow>, StoreError> {
        let row = sqlx::query(BY_DOMAIN).bind(domain).fetch_optional(&self.readers).await?;
        row.as_ref().map(read).transpose()
    }

    /// How far each company's change log reaches: one cheap question for whoever follows several.
    pub async fn company_seqs(&self) -> Result<Vec<(CompanyId, Seq)>, StoreError> {
        let rows = sqlx::query(SEQS).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.parsed("id")?, Seq(row.int("seq")?)))).collect()
    }

    pub async fn company_list(&self) -> Result<Vec<CompanyRow>, StoreError> {
        sqlx::query(ALL).fetch_all(&self.readers).await?.iter().map(read).collect()
    }
}

impl Store {
    /// Founds a company with its first domain. `Duplicate` if the domain has one already.
    pub async fn company_insert(
        &self,
        now: Instant,
        id: CompanyId,
        name: String,
        zone: String,
        domain: String,
    ) -> Result<(), StoreError> {
        let system = self.system();
        let work = system.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(INSERT)
                    .bind(id.to_string())
                    .bind(name)
                    .bind(zone)
                    .bind(now.as_micros())
                    .execute(tx.connection())
                    .await?;
                sqlx::query(INSERT_DOMAIN).bind(domain).bind(id.to_string()).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }
}

impl CompanyStore {
    pub async fn company(&self) -> Result<CompanyRow, StoreError> {
        read(&sqlx::query(BY_ID).bind(self.id.to_string()).fetch_one(&self.readers).await?)
    }
}

impl Tx {
    pub async fn company_set_name(&mut self, name: &str) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(SET_NAME).bind(company).bind(name.to_owned()).execute(self.connection()).await?;
        Ok(())
    }
}
