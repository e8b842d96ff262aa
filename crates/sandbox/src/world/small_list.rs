//! Short lists with pages and sync tokens: access rules, lists of calendars, settings (Google: sync guide).

use serde_json::{Value, json};

use super::World;
use super::sync_token::{PageToken, pack, unpack};
use crate::wire::{ApiError, Query};

/// One entry before paging.
pub(super) struct Item {
    /// Where it stands.
    pub(super) key: (i64, String),
    /// The world's counter at its last change.
    pub(super) changed: u64,
    /// Shown only by deltas and with `showDeleted`.
    pub(super) deleted: bool,
    /// Shown only by deltas and with `showHidden`.
    pub(super) hidden: bool,
    /// As it is answered.
    pub(super) value: Value,
}

impl World {
    /// Pages of 100, at most 250; `of` is the list's name inside its tokens.
    pub(super) fn small_list(
        &self,
        kind: &str,
        of: &str,
        mut items: Vec<Item>,
        query: &Query,
        now: i64,
    ) -> Result<Value, ApiError> {
        let page = match query.get("pageToken") {
            None => None,
            Some(text) => {
                let token: Option<PageToken> = unpack(text);
                let token = token.filter(|token| token.page_of == of);
                Some(token.ok_or_else(|| ApiError::parameter("pageToken", "Invalid page token value."))?)
            }
        };
        let mut since = page.as_ref().and_then(|page| page.since);
        if let Some(token) = query.get("syncToken") {
            for name in ["showDeleted", "showHidden"] {
                if query.flag(name)? == Some(false) {
                    let message = format!("Sync token cannot be used with {name}=false.");
                    return Err(ApiError::parameter(name, &message));
                }
            }
            since = Some(self.read_sync_token(token, of, "", now)?.seq);
        }
        let deleted = since.is_some() || query.flag("showDeleted")? == Some(true);
        let hidden = since.is_some() || query.flag("showHidden")? == Some(true);
        let newest = items.iter().map(|item| item.changed).max().unwrap_or(0);
        items.retain(|item| {
            since.is_none_or(|since| item.changed > since)
                && (deleted || !item.deleted)
                && (hidden || !item.hidden)
                && page.as_ref().is_none_or(|page| item.key > page.after)
        });
        items.sort_by(|a, b| a.key.cmp(&b.key));
        let asked = query.count("maxResults", 100, 250)?;
        let most = self.settings.page_size.map_or(asked, |cap| cap.clamp(1, asked));
        let more = items.len() > most;
        items.truncate(most);
        let last = items.last().map(|item| item.key.clone());
        let values: Vec<Value> = items.into_iter().map(|item| item.value).collect();
        let mut out = json!({ "kind": kind, "etag": self.etag(newest), "items": values });
        let upto = page.map_or(self.counter(), |page| page.upto);
        match last.filter(|_| more) {
            Some(after) => {
                let token = PageToken { page_of: of.to_owned(), since, upto, after };
                out["nextPageToken"] = json!(pack(&token));
            }
            None => out["nextSyncToken"] = json!(self.sync_token(of, "", upto, now)),
        }
        Ok(out)
    }
}
