//! Founding a company: the first sign-in of a domain by one of its Directory admins.

use calendar::zone;
use model::{ApiError, CompanyId};
use store::StoreError;
use sync::port::{Failure as GoogleFailure, Identity, Outcome, RemoteOp, Tokens};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;

impl Engine {
    /// Founds the company of `domain`; `None` if this person's Directory record does not say `isAdmin`.
    pub(crate) async fn found(
        &self,
        domain: &str,
        identity: &Identity,
        tokens: &Tokens,
    ) -> Result<Option<CompanyId>, Failure> {
        if !self.is_directory_admin(identity, tokens).await? {
            return Ok(None);
        }
        let now = self.now();
        let id = CompanyId::new(now, self.random());
        // The Workspace's own zone is that of its people's calendars; the founder's stands for it.
        let call = RemoteOp::CalendarGet { calendar: "primary".into() };
        let answer = self.ports().calendar.call(&tokens.access, call).await;
        let tz = match answer {
            Outcome::Calendar { zone: Some(name) } => zone::parse_or_default(&name),
            _ => zone::DEFAULT_ZONE,
        };
        let founded = self
            .store()
            .company_insert(now, id, domain.to_owned(), tz.name().to_owned(), domain.to_owned())
            .await;
        match founded {
            Ok(()) => {}
            // Two admins at once: the first founded it.
            Err(StoreError::Duplicate) => {
                let company = self.store().system().company_by_domain(domain).await?;
                return Ok(company.map(|company| company.id));
            }
            Err(error) => return Err(error.into()),
        }
        self.grant_store(id, Owner::Company, tokens).await?;
        self.directory_pass(id).await?;
        self.delegation_look(id).await?;
        tracing::info!(company.id = %id, "Founded a company");
        Ok(Some(id))
    }

    /// The company's name as people say it; founding knows only the domain. For the command line on the server.
    pub async fn company_rename(&self, company: CompanyId, name: &str) -> Result<(), ApiError> {
        let name = calendar::policy::check_title(name)?;
        let store = self.company(company);
        store
            .write(self.now(), move |tx| Box::pin(async move { tx.company_set_name(&name).await }))
            .await
            .map_err(|error: StoreError| Failure::from(error))?;
        Ok(())
    }

    /// The company of a Workspace domain.
    pub async fn company_of_domain(&self, domain: &str) -> Result<Option<CompanyId>, ApiError> {
        let company = self.store().system().company_by_domain(domain).await.map_err(Failure::from)?;
        Ok(company.map(|company| company.id))
    }

    pub(crate) async fn is_directory_admin(
        &self,
        identity: &Identity,
        tokens: &Tokens,
    ) -> Result<bool, Failure> {
        match self.ports().directory.user(&tokens.access, &identity.email).await {
            Ok(user) => Ok(user.is_admin && !user.suspended),
            // Not an admin, or the scope was unticked: either way this is not the person.
            Err(GoogleFailure::Forbidden { .. } | GoogleFailure::NotFound) => Ok(false),
            Err(failure) => Err(Failure::Google(format!("directory: {failure:?}"))),
        }
    }
}
