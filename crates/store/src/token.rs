//! API tokens. The token is the credential; only its hash is kept.

use std::collections::HashMap;

use model::{CompanyId, Instant, PersonId, PersonNumber, TokenId};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO api_token (id, hash, company_id, person_id, name, created_at) VALUES ($2, $3, $1, $4, $5, $6)";
    OF_PERSON = "SELECT id, name, created_at, last_used_at FROM api_token \
                 WHERE company_id = $1 AND person_id = $2 AND revoked_at IS NULL ORDER BY created_at, id";
    USED = "UPDATE api_token SET last_used_at = $3 WHERE company_id = $1 AND id = $2";
    REVOKE = "UPDATE api_token SET revoked_at = $4 \
              WHERE company_id = $1 AND id = $2 AND person_id = $3 AND revoked_at IS NULL";
}

/// A token of a person, as the account page lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStored {
    pub id: TokenId,
    pub name: String,
    pub created_at: Instant,
    pub last_used_at: Option<Instant>,
}

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    pub id: TokenId,
    pub company: CompanyId,
    pub person: PersonId,
    pub number: PersonNumber,
    pub admin: bool,
    /// The company's (IANA).
    pub zone: String,
    pub name: String,
    pub last_used_at: Option<Instant>,
}

impl System {
    /// The owner of a live token: not revoked, its person active. It is read with every request; requests that come
    /// together are answered by one statement.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<TokenOwner>, StoreError> {
        self.tokens.ask(hash, |hashes| self.token_owners(hashes)).await
    }

    async fn token_owners(&self, hashes: Vec<String>) -> Result<HashMap<String, TokenOwner>, StoreError> {
        let hashes = serde_json::to_string(&hashes)?;
        let rows = sqlx::query(self.engine.tokens()).bind(hashes).fetch_all(&self.readers).await?;
        let owner = |row: &AnyRow| {
            let owner = TokenOwner {
                id: row.parsed("id")?,
                company: row.parsed("company_id")?,
                person: row.parsed("person_id")?,
                number: PersonNumber(row.int("number")?),
                admin: row.flag("admin")?,
                zone: row.text("zone")?,
                name: row.text("name")?,
                last_used_at: row.instant_opt("last_used_at")?,
            };
            Ok((row.text("hash")?, owner))
        };
        rows.iter().map(owner).collect()
    }
}

impl CompanyStore {
    /// A person's tokens that are not revoked, oldest first.
    pub async fn token_list(&self, person: PersonId) -> Result<Vec<TokenStored>, StoreError> {
        let query = sqlx::query(OF_PERSON).bind(self.id.to_string()).bind(person.to_string());
        let rows = query.fetch_all(&self.readers).await?;
        let read = |row| {
            Ok(TokenStored {
                id: Columns::parsed(row, "id")?,
                name: Columns::text(row, "name")?,
                created_at: Columns::instant(row, "created_at")?,
                last_used_at: Columns::instant_opt(row, "last_used_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    pub async fn token_used(&self, id: TokenId, now: Instant) -> Result<(), StoreError> {
        self.write(now, move |tx| Box::pin(async move { tx.token_mark_used(id).await })).await.map(|_| ())
    }
}

impl Tx {
    pub async fn token_insert(
        &mut self,
        id: TokenId,
        hash: &str,
        person: PersonId,
        name: &str,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(INSERT)
            .bind(company)
            .bind(id.to_string())
            .bind(hash.to_owned())
            .bind(person.to_string())
            .bind(name.to_owned())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Revokes a person's own token; answers whether there was one.
    pub async fn token_revoke(&mut self, id: TokenId, person: PersonId) -> Result<bool, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(REVOKE)
            .bind(company)
            .bind(id.to_string())
            .bind(person.to_string())
            .bind(now.as_micros());
        Ok(query.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn token_mark_used(&mut self, id: TokenId) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(USED).bind(company).bind(id.to_string()).bind(now.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }
}
