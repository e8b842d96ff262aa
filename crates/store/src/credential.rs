//! The one credential table: every provider, every owner; secrets are ciphertext here.

use model::{CredentialId, Instant};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    PUT = "INSERT INTO credential (company_id, id, provider, owner_kind, owner_id, state, access, refresh, expires_at, \
           scopes, extra, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '{}', $11) \
           ON CONFLICT (company_id, provider, owner_kind, owner_id) DO UPDATE SET state = excluded.state, \
           access = excluded.access, refresh = COALESCE(excluded.refresh, credential.refresh), \
           expires_at = excluded.expires_at, scopes = excluded.scopes, updated_at = excluded.updated_at";
    GET = "SELECT * FROM credential WHERE company_id = $1 AND provider = $2 AND owner_kind = $3 AND owner_id = $4";
    SET_STATE = "UPDATE credential SET state = $3, updated_at = $4 WHERE company_id = $1 AND id = $2";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    Active,
    /// The access token is near its end and could not be renewed yet.
    Expiring,
    /// The owner has to grant again.
    Revoked,
    /// Granted, but with fewer scopes than are needed.
    Insufficient,
}

impl CredentialState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Revoked => "revoked",
            Self::Insufficient => "insufficient",
        }
    }
}

impl TryFrom<&str> for CredentialState {
    type Error = ();
    fn try_from(word: &str) -> Result<Self, ()> {
        [Self::Active, Self::Expiring, Self::Revoked, Self::Insufficient]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    Company,
    Person,
}

impl OwnerKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Person => "person",
        }
    }
}

impl TryFrom<&str> for OwnerKind {
    type Error = ();
    fn try_from(word: &str) -> Result<Self, ()> {
        [Self::Company, Self::Person].into_iter().find(|kind| kind.as_str() == word).ok_or(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    pub id: CredentialId,
    pub provider: String,
    pub owner_kind: OwnerKind,
    pub owner_id: String,
    pub state: CredentialState,
    /// Ciphertext.
    pub access: String,
    /// Ciphertext; `None` on a write keeps what is.
    pub refresh: Option<String>,
    pub expires_at: Instant,
    pub scopes: Vec<String>,
}

fn read(row: &AnyRow) -> Result<CredentialRow, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("credential {what}"));
    Ok(CredentialRow {
        id: row.parsed("id")?,
        provider: row.text("provider")?,
        owner_kind: row.word("owner_kind").map_err(|_| damaged("owner"))?,
        owner_id: row.text("owner_id")?,
        state: row.word("state").map_err(|_| damaged("state"))?,
        access: row.text("access")?,
        refresh: row.text_opt("refresh")?,
        expires_at: row.instant("expires_at")?,
        scopes: row.json("scopes")?,
    })
}

impl CompanyStore {
    pub async fn credential_get(
        &self,
        provider: &str,
        owner_kind: OwnerKind,
        owner_id: &str,
    ) -> Result<Option<CredentialRow>, StoreError> {
        let row = sqlx::query(GET)
            .bind(self.id.to_string())
            .bind(provider.to_owned())
            .bind(owner_kind.as_str())
            .bind(owner_id.to_owned())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read).transpose()
    }
}

impl Tx {
    pub async fn credential_get(
        &mut self,
        provider: &str,
        owner_kind: OwnerKind,
        owner_id: &str,
    ) -> Result<Option<CredentialRow>, StoreError> {
        let company = self.tenant()?;
        let row = sqlx::query(GET)
            .bind(company)
            .bind(provider.to_owned())
            .bind(owner_kind.as_str())
            .bind(owner_id.to_owned())
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Inserts or replaces the owner's credential for the provider.
    pub async fn credential_put(&mut self, credential: &CredentialRow) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(PUT)
            .bind(company)
            .bind(credential.id.to_string())
            .bind(credential.provider.clone())
            .bind(credential.owner_kind.as_str())
            .bind(credential.owner_id.clone())
            .bind(credential.state.as_str())
            .bind(credential.access.clone())
            .bind(credential.refresh.clone())
            .bind(credential.expires_at.as_micros())
            .bind(serde_json::to_string(&credential.scopes)?)
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn credential_set_state(
        &mut self,
        id: CredentialId,
        state: CredentialState,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(SET_STATE)
            .bind(company)
            .bind(id.to_string())
            .bind(state.as_str())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
