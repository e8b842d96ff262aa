//! Signed-in browsers. Only the hash of the cookie's secret is kept.

use model::{CompanyId, Instant, PersonId, PersonNumber, SessionId};

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO session (id, hash, company_id, person_id, created_at, last_seen_at, expires_at) \
              VALUES ($2, $3, $1, $4, $5, $5, $6)";
    BY_HASH = "SELECT s.id, s.company_id, s.person_id, s.last_seen_at, p.number, p.admin, c.zone FROM session s \
               JOIN person p ON p.company_id = s.company_id AND p.id = s.person_id \
               JOIN company c ON c.id = s.company_id \
               WHERE s.hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3 \
               AND p.active = 1";
    TOUCH = "UPDATE session SET last_seen_at = $3 WHERE company_id = $1 AND id = $2";
    REVOKE = "UPDATE session SET revoked_at = $3 WHERE company_id = $1 AND id = $2 AND revoked_at IS NULL";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub company: CompanyId,
    pub person: PersonId,
    pub number: PersonNumber,
    pub admin: bool,
    /// The company's (IANA).
    pub zone: String,
    pub last_seen_at: Instant,
}

impl System {
    /// The live session of a cookie: not revoked, not expired, used since `idle_since`, its person active.
    pub async fn session_by_hash(
        &self,
        hash: &str,
        now: Instant,
        idle_since: Instant,
    ) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query(BY_HASH)
            .bind(hash.to_owned())
            .bind(now.as_micros())
            .bind(idle_since.as_micros())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            Ok(SessionRow {
                id: row.parsed("id")?,
                company: row.parsed("company_id")?,
                person: row.parsed("person_id")?,
                number: PersonNumber(row.int("number")?),
                admin: row.flag("admin")?,
                zone: row.text("zone")?,
                last_seen_at: row.instant("last_seen_at")?,
            })
        })
        .transpose()
    }
}

impl CompanyStore {
    pub async fn session_touch(&self, id: SessionId, now: Instant) -> Result<(), StoreError> {
        self.write(now, move |tx| Box::pin(async move { tx.session_update(TOUCH, id).await }))
            .await
            .map(|_| ())
    }

    pub async fn session_revoke(&self, id: SessionId, now: Instant) -> Result<(), StoreError> {
        self.write(now, move |tx| Box::pin(async move { tx.session_update(REVOKE, id).await }))
            .await
            .map(|_| ())
    }
}

impl Tx {
    pub async fn session_insert(
        &mut self,
        id: SessionId,
        hash: &str,
        person: PersonId,
        expires: Instant,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(INSERT)
            .bind(company)
            .bind(id.to_string())
            .bind(hash.to_owned())
            .bind(person.to_string())
            .bind(now.as_micros())
            .bind(expires.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn session_update(&mut self, sql: &'static str, id: SessionId) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(sql)
            .bind(company)
            .bind(id.to_string())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
