//! Grants: sealed tokens of companies and people, refreshed one at a time.

use model::{CompanyId, CredentialId, Instant, PersonId};
use store::{CredentialRow, CredentialState, OwnerKind, StoreError};
use sync::port::{AuthFailure, Secret, Tokens};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::vault::Place;

/// Google's name in the credential table.
pub(crate) const PROVIDER: &str = "google";
/// An access token with less life than this is renewed before it is used.
const MARGIN_SECS: i64 = 120;

/// Whose grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Company,
    Person(PersonId),
}

impl Owner {
    const fn kind(self) -> OwnerKind {
        match self {
            Self::Company => OwnerKind::Company,
            Self::Person(_) => OwnerKind::Person,
        }
    }

    fn id(self, company: CompanyId) -> String {
        match self {
            Self::Company => company.to_string(),
            Self::Person(person) => person.to_string(),
        }
    }
}

impl Engine {
    /// Stores the tokens of a fresh consent. A missing refresh token keeps the one there is (Google sends it once).
    pub(crate) async fn grant_store(
        &self,
        company: CompanyId,
        owner: Owner,
        tokens: &Tokens,
    ) -> Result<(), Failure> {
        let owner_id = owner.id(company);
        let store = self.company(company);
        let known = store.credential_get(PROVIDER, owner.kind(), &owner_id).await?;
        let id = known.map_or_else(|| CredentialId::new(self.now(), self.random()), |known| known.id);
        let row = self.sealed(company, owner, id, CredentialState::Active, tokens)?;
        store
            .write(self.now(), move |tx| {
                Box::pin(async move {
                    tx.credential_put(&row).await?;
                    tx.outbox_unblock().await
                })
            })
            .await?;
        self.pokes().push.notify_one();
        Ok(())
    }

    fn sealed(
        &self,
        company: CompanyId,
        owner: Owner,
        id: CredentialId,
        state: CredentialState,
        tokens: &Tokens,
    ) -> Result<CredentialRow, Failure> {
        let (tenant, row) = (company.to_string(), id.to_string());
        let place = |column| Place { tenant: &tenant, table: "credential", column, row: &row };
        let refresh = tokens.refresh.as_ref();
        Ok(CredentialRow {
            id,
            provider: PROVIDER.to_owned(),
            owner_kind: owner.kind(),
            owner_id: owner.id(company),
            state,
            access: self.vault().seal(self.random(), &place("access"), &tokens.access.0)?,
            refresh: refresh
                .map(|token| self.vault().seal(self.random(), &place("refresh"), &token.0))
                .transpose()?,
            expires_at: tokens.expires,
            scopes: tokens.scopes.clone(),
        })
    }

    /// A usable access token, refreshed if its end is near.
    pub(crate) async fn access_token(&self, company: CompanyId, owner: Owner) -> Result<Secret, Failure> {
        self.token(company, owner, None).await
    }

    /// After a 401: another token than `refused`, if the grant still gives one.
    pub(crate) async fn fresh_token(
        &self,
        company: CompanyId,
        owner: Owner,
        refused: &Secret,
    ) -> Result<Secret, Failure> {
        self.token(company, owner, Some(refused)).await
    }

    async fn token(
        &self,
        company: CompanyId,
        owner: Owner,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let usable = |access: &Secret, expires: Instant| {
            refused != Some(access) && expires > self.now().plus_secs(MARGIN_SECS)
        };
        let (row, access) = self.credential(company, owner).await?;
        if usable(&access, row.expires_at) {
            return Ok(access);
        }
        let lock = self.refresh_lock(&row.id.to_string());
        let _one_at_a_time = lock.lock().await;
        // Somebody may have refreshed it while we waited.
        let (row, access) = self.credential(company, owner).await?;
        if usable(&access, row.expires_at) {
            return Ok(access);
        }
        self.refresh(company, owner, row).await
    }

    async fn credential(&self, company: CompanyId, owner: Owner) -> Result<(CredentialRow, Secret), Failure> {
        let row = self.company(company).credential_get(PROVIDER, owner.kind(), &owner.id(company)).await?;
        let row = row.ok_or_else(|| Failure::Google("no grant".into()))?;
        if row.state == CredentialState::Revoked {
            return Err(Failure::Google("the grant was revoked".into()));
        }
        let (tenant, id) = (company.to_string(), row.id.to_string());
        let place = Place { tenant: &tenant, table: "credential", column: "access", row: &id };
        let access = Secret(self.vault().open(&place, &row.access)?);
        Ok((row, access))
    }

    async fn refresh(&self, company: CompanyId, owner: Owner, row: CredentialRow) -> Result<Secret, Failure> {
        let (tenant, id) = (company.to_string(), row.id.to_string());
        let place = Place { tenant: &tenant, table: "credential", column: "refresh", row: &id };
        let store = self.company(company);
        let Some(sealed) = row.refresh.as_deref() else {
            self.mark(&store, &row, CredentialState::Revoked).await?;
            return Err(Failure::Google("the grant has no refresh token".into()));
        };
        let refresh = Secret(self.vault().open(&place, sealed)?);
        let now = self.now();
        match self.ports().identity.refresh(&refresh, &row.scopes, now).await {
            Ok(tokens) => {
                let fresh = self.sealed(company, owner, row.id, CredentialState::Active, &tokens)?;
                store
                    .write(now, move |tx| Box::pin(async move { tx.credential_put(&fresh).await }))
                    .await
                    .map_err(|error: StoreError| error)?;
                Ok(tokens.access)
            }
            Err(AuthFailure::Revoked { reason }) => {
                tracing::warn!(company.id = %company, owner = owner.kind().as_str(), reason, "A grant was revoked");
                self.mark(&store, &row, CredentialState::Revoked).await?;
                Err(Failure::Google("the grant was revoked".into()))
            }
            Err(failure) => {
                self.mark(&store, &row, CredentialState::Expiring).await?;
                Err(Failure::Google(format!("refreshing failed: {failure:?}")))
            }
        }
    }

    async fn mark(
        &self,
        store: &store::CompanyStore,
        row: &CredentialRow,
        state: CredentialState,
    ) -> Result<(), Failure> {
        let id = row.id;
        store
            .write(self.now(), move |tx| Box::pin(async move { tx.credential_set_state(id, state).await }))
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }
}
