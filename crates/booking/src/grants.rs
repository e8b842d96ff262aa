//! Grants: sealed tokens of companies and people, refreshed one at a time.

use std::time::Duration;

use bus::Pass;
use model::{CompanyId, CredentialId, Instant, PersonId, Stuck};
use store::{CredentialRow, CredentialState, EventRow, OwnerKind, StoreError, Tx, Way};
use sync::port::{AuthFailure, Secret, Tokens};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::vault::{Place, VaultError};

/// Google's name in the credential table.
pub(crate) const PROVIDER: &str = "google";
/// An access token with less life than this is renewed before it is used.
const MARGIN_SECS: i64 = 120;

/// How often, and how far apart, a grant is looked at that another server refreshes.
const REFRESH_LOOKS: u32 = 40;
const REFRESH_WAIT: Duration = Duration::from_millis(250);

/// Whether bookings may be written with a grant that stands so. One whose renewal failed for a moment still is one.
pub(crate) const fn is_usable(grant: Option<CredentialState>) -> bool {
    matches!(grant, Some(CredentialState::Active | CredentialState::Expiring))
}

/// Whose grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Company,
    Person(PersonId),
}

impl Owner {
    /// With whose grant an event is brought to Google.
    pub(crate) const fn of(event: &EventRow) -> Self {
        match (event.way, event.organizer) {
            (Way::Person, Some(person)) => Self::Person(person),
            _ => Self::Company,
        }
    }

    const fn kind(self) -> OwnerKind {
        match self {
            Self::Company => OwnerKind::Company,
            Self::Person(_) => OwnerKind::Person,
        }
    }

    /// Scopes without which the grant is of no use; of each group one suffices.
    const fn needs(self) -> &'static [&'static [&'static str]] {
        const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";
        const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
        const USERS: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
        const ROOMS: &str = "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly";
        match self {
            Self::Company => &[&[CALENDAR], &[USERS], &[ROOMS]],
            Self::Person(_) => &[&[EVENTS, CALENDAR]],
        }
    }

    /// People can untick scopes, and an admin can take some back: what was granted is what counts (facts §1).
    fn state_with(self, scopes: &[String]) -> CredentialState {
        let has = |scope: &&str| scopes.iter().any(|granted| granted == *scope);
        let enough = self.needs().iter().all(|any| any.iter().any(&has));
        if enough { CredentialState::Active } else { CredentialState::Insufficient }
    }

    fn id(self, company: CompanyId) -> String {
        match self {
            Self::Company => company.to_string(),
            Self::Person(person) => person.to_string(),
        }
    }
}

/// A secret that does not open is as good as none: what needs it waits for a new grant, instead of trying for ever.
fn sealed_otherwise(company: CompanyId, error: &VaultError) -> Failure {
    tracing::error!(company.id = %company, error = %error, "A stored grant does not open");
    Failure::NoGrant(Stuck::Sealed)
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
        let state = owner.state_with(&tokens.scopes);
        let row = self.sealed(company, owner, id, state, tokens)?;
        store
            .write(self.now(), move |tx| {
                Box::pin(async move {
                    tx.credential_put(&row).await?;
                    if owner == Owner::Company {
                        tx.calendar_company_due().await?;
                    }
                    if sync::sabotaged!(NeverUnblocked) {
                        return Ok(());
                    }
                    tx.outbox_unblock().await
                })
            })
            .await?;
        self.poke(Pass::Push);
        self.poke(Pass::Pull);
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

    /// The owner's own; for a person without a grant that works, the service account's.
    async fn token(
        &self,
        company: CompanyId,
        owner: Owner,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        match (self.granted_token(company, owner, refused).await, owner) {
            (Err(Failure::NoGrant(why)), Owner::Person(person)) if self.delegation(company).is_some() => {
                let delegated = self.delegated_token(company, person, refused).await;
                // Of two reasons people are told the one that they can do something about.
                delegated.map_err(|failure| match failure {
                    Failure::NoGrant(Stuck::NotDelegated) if why != Stuck::NoGrant => Failure::NoGrant(why),
                    failure => failure,
                })
            }
            (token, _) => token,
        }
    }

    async fn granted_token(
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
        // Here one at a time, and of all servers one: Google may hand out a new refresh token, which must be kept.
        for _ in 0..REFRESH_LOOKS {
            // Somebody may have refreshed it while we waited.
            let (row, access) = self.credential(company, owner).await?;
            if usable(&access, row.expires_at) {
                return Ok(access);
            }
            if let Some(lease) = self.lease(format!("refresh:{}", row.id)).await? {
                // The one before may have had it between our look and our turn.
                let fresh = match self.credential(company, owner).await {
                    Ok((row, access)) if usable(&access, row.expires_at) => Ok(access),
                    Ok((row, _)) => self.refresh(company, owner, row).await,
                    Err(failure) => Err(failure),
                };
                lease.give_back().await;
                return fresh;
            }
            if !self.may_wait() {
                break;
            }
            tokio::time::sleep(REFRESH_WAIT).await;
        }
        Err(Failure::Google("another server is refreshing the grant".to_owned()))
    }

    async fn credential(&self, company: CompanyId, owner: Owner) -> Result<(CredentialRow, Secret), Failure> {
        let row = self.company(company).credential_get(PROVIDER, owner.kind(), &owner.id(company)).await?;
        let row = row.ok_or(Failure::NoGrant(Stuck::NoGrant))?;
        match row.state {
            CredentialState::Active | CredentialState::Expiring => {}
            CredentialState::Revoked => return Err(Failure::NoGrant(Stuck::Revoked)),
            CredentialState::Insufficient => return Err(Failure::NoGrant(Stuck::Insufficient)),
        }
        let (tenant, id) = (company.to_string(), row.id.to_string());
        let place = Place { tenant: &tenant, table: "credential", column: "access", row: &id };
        let access =
            self.vault().open(&place, &row.access).map_err(|error| sealed_otherwise(company, &error))?;
        Ok((row, Secret(access)))
    }

    async fn refresh(&self, company: CompanyId, owner: Owner, row: CredentialRow) -> Result<Secret, Failure> {
        let (tenant, id) = (company.to_string(), row.id.to_string());
        let place = Place { tenant: &tenant, table: "credential", column: "refresh", row: &id };
        let store = self.company(company);
        let Some(sealed) = row.refresh.as_deref() else {
            self.mark(&store, &row, CredentialState::Revoked).await?;
            return Err(Failure::NoGrant(Stuck::Revoked));
        };
        let refresh = self.vault().open(&place, sealed).map_err(|error| sealed_otherwise(company, &error))?;
        let refresh = Secret(refresh);
        let now = self.now();
        match self.ports().identity.refresh(&refresh, &row.scopes, now).await {
            Ok(tokens) => {
                // What waited for this grant is tried again only if it was really away: else a row that keeps being refused
                // would wake itself.
                let was_down = row.state == CredentialState::Expiring;
                // Google sends the refresh token once. Sealing it anew is how an old key of ours goes out of use.
                let kept = if sync::sabotaged!(RefreshForgotten) { Secret(String::new()) } else { refresh };
                let tokens = Tokens { refresh: tokens.refresh.or(Some(kept)), ..tokens };
                let state = owner.state_with(&tokens.scopes);
                let fresh = self.sealed(company, owner, row.id, state, &tokens)?;
                let kept = store
                    .write(now, move |tx| {
                        Box::pin(async move {
                            if !is_still(tx, &row).await? {
                                return Ok(false);
                            }
                            tx.credential_put(&fresh).await?;
                            if was_down {
                                tx.outbox_unblock().await?;
                            }
                            Ok(true)
                        })
                    })
                    .await
                    .map_err(|error: StoreError| error)?;
                if !kept.value {
                    return Err(given_anew());
                }
                if state == CredentialState::Insufficient {
                    return Err(Failure::NoGrant(Stuck::Insufficient));
                }
                Ok(tokens.access)
            }
            Err(AuthFailure::Revoked { reason }) => {
                tracing::warn!(company.id = %company, owner = owner.kind().as_str(), reason, "A grant was revoked");
                if self.mark(&store, &row, CredentialState::Revoked).await? {
                    Err(Failure::NoGrant(Stuck::Revoked))
                } else {
                    Err(given_anew())
                }
            }
            Err(failure) => {
                self.mark(&store, &row, CredentialState::Expiring).await?;
                Err(Failure::Google(format!("refreshing failed: {failure:?}")))
            }
        }
    }

    /// Google says that the grant does not reach as far as we thought: it is asked for anew.
    pub(crate) async fn grant_lacks(&self, company: CompanyId, owner: Owner) -> Result<(), Failure> {
        let store = self.company(company);
        if let Some(row) = self.grant_row(company, owner).await? {
            self.mark(&store, &row, CredentialState::Insufficient).await?;
        }
        Ok(())
    }

    /// `false`: it is not the grant any more that Google spoke of.
    async fn mark(
        &self,
        store: &store::CompanyStore,
        row: &CredentialRow,
        state: CredentialState,
    ) -> Result<bool, Failure> {
        let row = row.clone();
        let marked = store
            .write(self.now(), move |tx| {
                Box::pin(async move {
                    let same = is_still(tx, &row).await?;
                    if same {
                        tx.credential_set_state(row.id, state).await?;
                    }
                    Ok(same)
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        Ok(marked.value)
    }

    /// The owner's grant as it is stored; see [`is_still`].
    pub(crate) async fn grant_row(
        &self,
        company: CompanyId,
        owner: Owner,
    ) -> Result<Option<CredentialRow>, Failure> {
        Ok(self.company(company).credential_get(PROVIDER, owner.kind(), &owner.id(company)).await?)
    }
}

/// Whether a grant is still the one that was read: while Google was asked, its owner may have given another.
async fn is_still(tx: &mut Tx, row: &CredentialRow) -> Result<bool, StoreError> {
    let now = tx.credential_get(PROVIDER, row.owner_kind, &row.owner_id).await?;
    Ok(now.is_some_and(|now| now.access == row.access && now.refresh == row.refresh))
}

/// As [`is_still`], for a grant that is not usable: whether the owner's is still not.
pub(crate) async fn is_still_away(
    tx: &mut Tx,
    company: CompanyId,
    owner: Owner,
    seen: Option<&CredentialRow>,
) -> Result<bool, StoreError> {
    let now = tx.credential_get(PROVIDER, owner.kind(), &owner.id(company)).await?;
    Ok(now.as_ref() == seen)
}

fn given_anew() -> Failure {
    Failure::Google("the grant was given anew meanwhile".to_owned())
}

#[cfg(test)]
mod tests;
