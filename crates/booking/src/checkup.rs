//! How the companies' grants are, for `roomly doctor`. Looks and changes nothing: a token that has to be refreshed for the
//! question is not stored.

use model::ApiError;
use store::{CredentialRow, CredentialState, OwnerKind};
use sync::port::{AuthFailure, Failure as CallFailure, Secret};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::PROVIDER;
use crate::vault::{Place, VaultError};

/// A company and how it stands with Google.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    pub company: String,
    pub grant: GrantVerdict,
}

/// What a company's grant is worth at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantVerdict {
    /// Google let us read the Directory with it.
    Good,
    /// Nobody has given one.
    Never,
    /// Google does not accept it any more.
    Revoked,
    /// The admin unticked something that is needed.
    Insufficient,
    /// It was sealed with a key that is not in `ROOMLY_SECRET_KEY`.
    OtherKey,
    /// It does not open: damaged.
    Damaged,
    /// Google says no to the Directory; its word.
    Forbidden { reason: String },
    /// No verdict: Google did not answer.
    Unknown { detail: String },
}

impl Engine {
    /// Tries every company's grant.
    pub async fn checkup(&self) -> Result<Vec<Checkup>, ApiError> {
        let companies = self.store().system().company_list().await.map_err(Failure::from)?;
        let mut checkups = Vec::with_capacity(companies.len());
        for company in companies {
            let id = company.id.to_string();
            let row = self.company(company.id).credential_get(PROVIDER, OwnerKind::Company, &id).await;
            let grant = match row.map_err(Failure::from)? {
                None => GrantVerdict::Never,
                Some(row) => self.grant_verdict(&id, &row).await,
            };
            checkups.push(Checkup { company: company.name, grant });
        }
        Ok(checkups)
    }

    async fn grant_verdict(&self, tenant: &str, row: &CredentialRow) -> GrantVerdict {
        match row.state {
            CredentialState::Revoked => return GrantVerdict::Revoked,
            CredentialState::Insufficient => return GrantVerdict::Insufficient,
            CredentialState::Active | CredentialState::Expiring => {}
        }
        let id = row.id.to_string();
        let open = |column, sealed: &str| {
            let place = Place { tenant, table: "credential", column, row: &id };
            self.vault().open(&place, sealed).map(Secret)
        };
        let access = match open("access", &row.access) {
            Ok(access) => access,
            Err(VaultError::UnknownKey) => return GrantVerdict::OtherKey,
            Err(_) => return GrantVerdict::Damaged,
        };
        match self.try_directory(&access).await {
            // It ends after an hour, which is no news.
            GrantVerdict::Revoked => {}
            verdict => return verdict,
        }
        let Some(Ok(refresh)) = row.refresh.as_deref().map(|sealed| open("refresh", sealed)) else {
            return GrantVerdict::Damaged;
        };
        match self.ports().identity.refresh(&refresh, &row.scopes, self.now()).await {
            Ok(tokens) => self.try_directory(&tokens.access).await,
            Err(AuthFailure::Unavailable { detail }) => GrantVerdict::Unknown { detail },
            Err(AuthFailure::Misconfigured { reason }) => GrantVerdict::Unknown { detail: reason },
            Err(AuthFailure::Revoked { .. } | AuthFailure::BadIdToken { .. }) => GrantVerdict::Revoked,
        }
    }

    async fn try_directory(&self, access: &Secret) -> GrantVerdict {
        match self.ports().directory.rooms(access).await {
            Ok(_) => GrantVerdict::Good,
            Err(CallFailure::Unauthorized) => GrantVerdict::Revoked,
            Err(CallFailure::Forbidden { reason } | CallFailure::Rejected { reason, .. }) => {
                GrantVerdict::Forbidden { reason }
            }
            Err(CallFailure::NotFound) => GrantVerdict::Forbidden { reason: "not found".to_owned() },
            Err(failure) => GrantVerdict::Unknown { detail: detail(&failure) },
        }
    }
}

fn detail(failure: &CallFailure) -> String {
    match failure {
        CallFailure::Unknown { detail } | CallFailure::Malformed { detail } => detail.clone(),
        CallFailure::RateLimited { .. } => "too many requests".to_owned(),
        _ => "an unexpected answer".to_owned(),
    }
}
