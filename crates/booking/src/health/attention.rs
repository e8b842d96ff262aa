//! What people are asked to mend, on every page of theirs: a banner, and for admins a dot in the header.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::{Attention, CompanyId, GrantStanding, Instant};
use store::{CredentialState, Wrong};

use super::standing;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::PROVIDER;

/// How old an answer may be, in microseconds: many look, and nobody needs it to the second.
const FRESH: i64 = 2_000_000;
/// What waits longer than this is worth a look (seconds).
const LONG_SECS: i64 = 600;

/// What was known of each company a moment ago.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<CompanyId, (Instant, Wrong)>>);

impl Known {
    fn get(&self, company: CompanyId, now: Instant) -> Option<Wrong> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, wrong) = known.get(&company)?;
        (0..FRESH).contains(&now.since(*at)).then_some(*wrong)
    }

    fn put(&self, company: CompanyId, now: Instant, wrong: Wrong) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(company, (now, wrong));
    }
}

impl Engine {
    /// What this person is asked to mend; `own` is the state of their grant, if they ever gave one.
    pub(crate) async fn attention(
        &self,
        cx: &Cx,
        admin: bool,
        own: Option<CredentialState>,
    ) -> Result<Attention, Failure> {
        let lost = |standing: GrantStanding| Some(standing).filter(|standing| !standing.is_usable());
        let own_grant = own.and_then(|state| lost(standing(Some(state))));
        if !admin {
            return Ok(Attention { own_grant, ..Attention::default() });
        }
        let wrong = match self.wrongs().get(cx.company, cx.now) {
            Some(known) => known,
            None => {
                let since = cx.now.plus_secs(-LONG_SECS);
                let wrong = self.company(cx.company).wrong(PROVIDER, since).await?;
                self.wrongs().put(cx.company, cx.now, wrong);
                wrong
            }
        };
        let company_grant = lost(standing(wrong.grant));
        Ok(Attention { own_grant, company_grant, sync: wrong.wrong || company_grant.is_some() })
    }
}
