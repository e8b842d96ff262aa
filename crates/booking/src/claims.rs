//! Claims of this server whose work ended in an error, so that the database does not know of the end: where it went away in the
//! middle of a pull, the note that the pull failed goes nowhere either. The server lives, so that nobody takes the claim for a
//! dead one's: it is remembered here, and handed back before anything else is claimed.

use std::sync::{Mutex, PoisonError};

use model::CompanyId;
use store::StoreError;

use crate::engine::Engine;
use crate::failure::Failure;

/// What was claimed. The tokens are claims' own ([`store::Claim`]).
#[derive(Clone, Debug)]
pub(crate) enum Claimed {
    Pull { company: CompanyId, token: i64 },
    Push { company: CompanyId, token: i64 },
    Lease { name: String, fence: i64 },
}

/// Claims to hand back; forgotten with the process, whose end the others notice.
#[derive(Default)]
pub(crate) struct Claims(Mutex<Vec<Claimed>>);

impl Claims {
    /// Its work ended, and what became of it could not be written.
    pub(crate) fn left(&self, claimed: Claimed) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(claimed);
    }

    fn take(&self) -> Option<Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Engine {
    /// Hands back what this server left. Where somebody else has taken it over, or it was never had, nothing happens.
    pub(crate) async fn hand_back(&self) -> Result<(), Failure> {
        while let Some(claimed) = self.claims().take() {
            if let Err(error) = self.hand_one_back(claimed.clone()).await {
                self.claims().left(claimed);
                return Err(error.into());
            }
            tracing::info!(?claimed, "Handed a claim back");
        }
        Ok(())
    }

    async fn hand_one_back(&self, claimed: Claimed) -> Result<(), StoreError> {
        let now = self.now();
        let (company, token, is_push) = match claimed {
            Claimed::Lease { name, fence } => {
                return self.store().system().lease_give_back(name, fence, now).await;
            }
            Claimed::Pull { company, token } => (company, token, false),
            Claimed::Push { company, token } => (company, token, true),
        };
        let company = self.company(company);
        let work = company.write(now, move |tx| {
            Box::pin(async move {
                if is_push { tx.outbox_hand_back(token).await } else { tx.calendar_hand_back(token).await }
            })
        });
        work.await.map(|_| ())
    }
}
