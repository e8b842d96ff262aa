//! Answers that are true in form and wrong in content: what a fault does to a good answer (reliability: F-017 to F-030).

use bytes::Bytes;
use http::{Response, header};
use serde_json::{Map, Value, json};

use super::World;
use super::faults::Named;
use super::list::fingerprint;
use super::sync_token::{PageToken, pack};
use crate::wire::{Query, reply};

/// Optional arrays of an event; the last is inside `reminders`.
const ARRAYS: [&str; 3] = ["attendees", "recurrence", "attachments"];

/// Which listing was asked, as far as a lie needs it.
pub(crate) struct Listing<'a> {
    /// The calendar with `primary` resolved, or `list:<person>` and the like, or nothing for the Directory.
    pub(crate) of: Option<String>,
    /// Its parameters.
    pub(crate) query: &'a Query,
    pub(crate) now: i64,
}

impl Listing<'_> {
    /// What its tokens remember of the parameters: events' only.
    fn words(&self) -> String {
        let events = self.of.as_ref().is_some_and(|of| !of.contains(':'));
        if events { fingerprint(self.query) } else { String::new() }
    }
}

impl World {
    /// The answer as the fault wants it; anything that is no JSON object stays as it is.
    pub(crate) fn lie(&self, how: &Named, listing: &Listing<'_>, answer: Response<Bytes>) -> Response<Bytes> {
        let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(answer.body()) else {
            return answer;
        };
        if !answer.status().is_success() {
            return answer;
        }
        match how {
            Named::LieEmpty | Named::EmptyPage | Named::LoopPage => {
                self.lie_about_pages(how, listing, &mut body)
            }
            Named::WrongTypes => {
                for name in ["items", "start", "etag"] {
                    if body.contains_key(name) {
                        body.insert(name.to_owned(), json!(17));
                    }
                }
            }
            _ => events(&mut body, |event| lie_about_event(how, event)),
        }
        let mut lied = reply::json(&Value::Object(body));
        *lied.status_mut() = answer.status();
        if let Some(kind) = answer.headers().get(header::CONTENT_TYPE) {
            lied.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        lied
    }

    fn lie_about_pages(&self, how: &Named, listing: &Listing<'_>, body: &mut Map<String, Value>) {
        let Some(key) =
            ["items", "users", "buildings", "features"].into_iter().find(|key| body.contains_key(*key))
        else {
            return;
        };
        if *how == Named::LieEmpty {
            body.insert(key.to_owned(), json!([]));
            body.remove("nextPageToken");
            if let (Some(of), false) = (&listing.of, body.contains_key("nextSyncToken")) {
                let token = self.sync_token(of, &listing.words(), self.counter(), listing.now);
                body.insert("nextSyncToken".to_owned(), json!(token));
            }
            return;
        }
        let same_page =
            listing.query.get("pageToken").map(str::to_owned).or_else(|| self.first_page(listing));
        let Some(same_page) = same_page else { return };
        body.remove("nextSyncToken");
        body.insert("nextPageToken".to_owned(), json!(same_page));
        if *how == Named::EmptyPage {
            body.insert(key.to_owned(), json!([]));
        }
    }

    /// A token that leads to the first page.
    fn first_page(&self, listing: &Listing<'_>) -> Option<String> {
        let Some(of) = &listing.of else { return Some(pack(&(0_usize, listing.now))) };
        let since = match listing.query.get("syncToken") {
            None => None,
            Some(token) => Some(self.read_sync_token(token, of, &listing.words(), listing.now).ok()?.seq),
        };
        let after = (i64::MIN, String::new());
        let upto = self.seen_upto(self.calendars.get(of)?, listing.now);
        Some(pack(&PageToken { page_of: of.clone(), since, upto, after }))
    }
}

impl World {
    /// Somebody edits the description of an event that was just written (reliability: F-032).
    pub(crate) fn bounce(&mut self, calendar: &str, event: &str, now: i64) {
        let organizer = self.copy(calendar, event).map(|copy| copy.content.organizer.clone());
        let Some(organizer) = organizer else { return };
        let Some(mut main) = self.copy(&organizer, event).cloned() else { return };
        let description = format!("{} (edited {})", main.content.text("description"), self.counter());
        main.content.fields.insert("description".to_owned(), json!(description.trim_start()));
        self.save_main(&organizer, main, now, "bounce");
    }
}

/// Every event of a listing, or the one that the answer is.
fn events(body: &mut Map<String, Value>, change: impl Fn(&mut Map<String, Value>)) {
    if let Some(Value::Array(items)) = body.get_mut("items") {
        items.iter_mut().filter_map(Value::as_object_mut).for_each(change);
    } else {
        change(body);
    }
}

fn lie_about_event(how: &Named, event: &mut Map<String, Value>) {
    match how {
        Named::AbsentArrays => {
            for name in ARRAYS {
                event.remove(name);
            }
        }
        Named::EmptyArrays | Named::NullArrays => {
            let value = if *how == Named::EmptyArrays { json!([]) } else { Value::Null };
            for name in ARRAYS {
                event.insert(name.to_owned(), value.clone());
            }
            event.insert("reminders".to_owned(), json!({ "useDefault": false, "overrides": value }));
        }
        Named::UnknownFields => {
            event.insert("eventType".to_owned(), json!("futureType"));
            event.insert("futureField".to_owned(), json!({ "of": ["another", "year"] }));
        }
        _ => {}
    }
}
