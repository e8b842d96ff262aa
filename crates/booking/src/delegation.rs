//! Acting for people who never connected: the service account's tokens, one a person, and how far it may go in each
//! company.
//!
//! A person's own grant goes first; where there is none that works, the service account stands in, if the Workspace's
//! admin delegated to it. Whether that is so is asked for an admin of the company from time to time and kept in memory:
//! a booking does not wait for Google.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bus::Pass;
use model::{CompanyId, Delegation, Instant, PersonId, Stuck};
use store::StoreError;
use sync::port::{Delegated, DelegationFailure, Secret};

use crate::engine::Engine;
use crate::failure::Failure;

/// A token with less life than this is replaced before it is used.
const MARGIN_SECS: i64 = 120;

#[derive(Default)]
pub(crate) struct Delegations(Mutex<Known>);

#[derive(Default)]
struct Known {
    standing: HashMap<CompanyId, Delegation>,
    tokens: HashMap<(CompanyId, String), Delegated>,
}

impl Delegations {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The person's token, if it still lives and is not the one that was just refused.
    fn usable(&self, key: &(CompanyId, String), refused: Option<&Secret>, now: Instant) -> Option<Secret> {
        let known = self.known();
        let held = known.tokens.get(key)?;
        let usable = refused != Some(&held.access) && held.expires > now.plus_secs(MARGIN_SECS);
        usable.then(|| held.access.clone())
    }
}

impl Engine {
    /// How far the service account may act for the company's people; `None` where there is none.
    pub(crate) fn delegation(&self, company: CompanyId) -> Option<Delegation> {
        let standing = self.delegations().known().standing.get(&company).copied();
        self.ports().identity.has_service_account().then(|| standing.unwrap_or(Delegation::Unknown))
    }

    /// Whether bookings of people without a grant are made as them.
    pub(crate) fn is_delegated(&self, company: CompanyId) -> bool {
        self.delegation(company) == Some(Delegation::Granted)
    }

    /// A token to act for a person of the company; another one than `refused`.
    pub(crate) async fn delegated_token(
        &self,
        company: CompanyId,
        person: PersonId,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let person = self.company(company).person_get(person).await?.filter(|person| person.active);
        let person = person.ok_or(Failure::NoGrant(Stuck::NoGrant))?;
        self.token_to_act_as(company, person.email, refused).await
    }

    async fn token_to_act_as(
        &self,
        company: CompanyId,
        email: String,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let key = (company, email);
        if let Some(token) = self.delegations().usable(&key, refused, self.now()) {
            return Ok(token);
        }
        let lock = self.refresh_lock(&format!("delegated:{}:{}", key.0, key.1));
        let _one_at_a_time = lock.lock().await;
        if let Some(token) = self.delegations().usable(&key, refused, self.now()) {
            return Ok(token);
        }
        match self.ports().identity.act_as(&key.1, self.now()).await {
            Ok(delegated) => {
                let token = delegated.access.clone();
                self.delegations().known().tokens.insert(key, delegated);
                self.delegation_stands(company, Delegation::Granted).await?;
                Ok(token)
            }
            Err(failure) => {
                self.delegations().known().tokens.remove(&key);
                let (standing, failure) = meaning(failure);
                if let Some(standing) = standing {
                    self.delegation_stands(company, standing).await?;
                }
                Err(failure)
            }
        }
    }

    /// Notes what Google said. What waited for it goes on.
    async fn delegation_stands(&self, company: CompanyId, standing: Delegation) -> Result<(), Failure> {
        let before = self.delegations().known().standing.insert(company, standing);
        if before == Some(standing) {
            return Ok(());
        }
        tracing::info!(company.id = %company, standing = standing.as_str(), "How far the service account may go");
        if standing == Delegation::Granted {
            self.company(company)
                .write(self.now(), move |tx| Box::pin(async move { tx.outbox_unblock().await }))
                .await
                .map_err(|error: StoreError| error)?;
            self.poke(Pass::Push);
        }
        Ok(())
    }

    /// Asks for a token for an admin of the company, so that it is known whether one is given.
    pub(crate) async fn delegation_look(&self, company: CompanyId) -> Result<(), Failure> {
        if !self.ports().identity.has_service_account() {
            return Ok(());
        }
        let people = self.company(company).person_list().await?;
        let Some(admin) = people.into_iter().find(|person| person.active && person.admin) else {
            return Ok(());
        };
        match self.token_to_act_as(company, admin.email, None).await {
            Ok(_) | Err(Failure::NoGrant(_) | Failure::Google(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// The same for every company.
    pub(crate) async fn delegation_pass(&self) -> Result<(), Failure> {
        if !self.ports().identity.has_service_account() {
            return Ok(());
        }
        for company in self.store().system().company_list().await? {
            self.delegation_look(company.id).await?;
        }
        Ok(())
    }
}

/// How it stands after a refusal, where that says so, and what the refusal is to whoever asked.
fn meaning(failure: DelegationFailure) -> (Option<Delegation>, Failure) {
    let later = |what: &str| Failure::Google(format!("the service account gets no token: {what}"));
    match failure {
        DelegationFailure::NotDelegated { .. } => {
            (Some(Delegation::NotDelegated), Failure::NoGrant(Stuck::NotDelegated))
        }
        // It is about this person alone.
        DelegationFailure::NoAccount | DelegationFailure::UnknownSubject => {
            (None, Failure::NoGrant(Stuck::NoGrant))
        }
        DelegationFailure::BadKey { reason } => (Some(Delegation::BadKey), later(&reason)),
        DelegationFailure::Clock => (Some(Delegation::Clock), later("clock")),
        DelegationFailure::Unavailable { detail } => (None, later(&detail)),
    }
}
