//! Sync and page tokens: opaque to clients, a small JSON inside (facts: google-calendar §4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::World;
use super::clock::SECOND;
use crate::wire::ApiError;

/// Where a listing stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SyncToken {
    /// The calendar (or list) it was given for.
    pub of: String,
    /// The listing's other parameters: deltas are to repeat them.
    #[serde(default)]
    pub query: String,
    /// `timeMin` and `timeMax` of the first listing.
    #[serde(default)]
    pub window: Option<(i64, i64)>,
    /// Changes after this are new.
    pub seq: u64,
    /// The calendar's epoch.
    pub epoch: u64,
    /// Which life of the sandbox gave it.
    pub birth: i64,
    /// When.
    pub at: i64,
}

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageToken {
    /// The calendar (or list) it was given for.
    pub page_of: String,
    /// The delta's start, if this is one.
    pub since: Option<u64>,
    /// What the sync token of the last page will say: changes made while paging are not lost.
    pub upto: u64,
    /// The last row of the page before.
    pub after: (i64, String),
}

pub(super) fn pack<T: Serialize>(token: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(token).unwrap_or_default())
}

pub(super) fn unpack<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

impl World {
    pub(super) fn sync_token(&self, of: &str, query: &str, seq: u64, now: i64) -> String {
        self.windowed_token((of, query), None, seq, now)
    }

    /// A sync token that knows the window of its first listing.
    pub(super) fn windowed_token(
        &self,
        (of, query): (&str, &str),
        window: Option<(i64, i64)>,
        seq: u64,
        now: i64,
    ) -> String {
        let epoch = self.calendars.get(of).map_or(0, |home| home.epoch);
        let query = query.to_owned();
        pack(&SyncToken { of: of.to_owned(), query, window, seq, epoch, birth: self.birth, at: now })
    }

    /// The start of the delta; 410 `fullSyncRequired` when the token is too old, of another calendar, of another life, or
    /// when ACLs changed; 400 when it is no token. With `strict_sync_queries` also when the other parameters are not those
    /// of the first listing; without, nobody minds (discovery: "undefined behavior").
    pub(super) fn read_sync_token(
        &self,
        text: &str,
        of: &str,
        query: &str,
        now: i64,
    ) -> Result<SyncToken, ApiError> {
        let token: SyncToken =
            unpack(text).ok_or_else(|| ApiError::parameter("syncToken", "Invalid sync token value."))?;
        let epoch = self.calendars.get(of).map_or(0, |home| home.epoch);
        let good = token.of == of
            && token.epoch == epoch
            && token.birth == self.birth
            && token.seq <= self.counter()
            && now - token.at <= self.settings.sync_token_ttl_s * SECOND
            && now - token.at <= self.settings.tombstone_ttl_s * SECOND;
        if good && self.settings.strict_sync_queries && token.query != query {
            let message = "The request's parameters differ from those that the sync token was given for.";
            return Err(ApiError::parameter("syncToken", message));
        }
        if good { Ok(token) } else { Err(ApiError::full_sync()) }
    }

    /// Ends the sync tokens of one calendar, or of all.
    pub fn expire_sync_tokens(&mut self, calendar: Option<&str>) {
        for (id, home) in &mut self.calendars {
            if calendar.is_none_or(|wanted| wanted == id) {
                home.epoch += 1;
            }
        }
    }
}
