//! Google Meet: made some time after it was asked for (discovery: `ConferenceData.createRequest`).

use serde_json::{Map, Value, json};

use super::event::{Content, EventCopy};
use super::{Task, World};

/// What a write may say about the conference: a new request waits, the same request again is ignored, and without
/// conference data there is no link.
pub(super) fn settle(before: Option<Value>, link: Option<Value>, fields: &mut Map<String, Value>) {
    let Some(sent) = fields.get("conferenceData").cloned() else {
        fields.remove("hangoutLink");
        return;
    };
    if let Some(link) = link {
        fields.insert("hangoutLink".to_owned(), link);
    }
    let Some(request) = sent["createRequest"]["requestId"].as_str() else { return };
    let held = before.as_ref().map(|held| &held["createRequest"]["requestId"]);
    if held == Some(&json!(request)) {
        fields.insert("conferenceData".to_owned(), before.unwrap_or_default());
        return;
    }
    let kind = sent["createRequest"]["conferenceSolutionKey"]["type"].as_str().unwrap_or("hangoutsMeet");
    let waiting = json!({ "createRequest": { "requestId": request, "conferenceSolutionKey": { "type": kind },
        "status": { "statusCode": "pending" } } });
    fields.insert("conferenceData".to_owned(), waiting);
    fields.remove("hangoutLink");
}

/// The request that waits, if one does.
fn waiting(content: &Content) -> Option<&str> {
    let request = &content.fields.get("conferenceData")?["createRequest"];
    if request["status"]["statusCode"] == "pending" { request["requestId"].as_str() } else { None }
}

impl World {
    /// Has the conference made that a write asked for.
    pub(super) fn order_conference(
        &mut self,
        calendar: &str,
        before: Option<&EventCopy>,
        after: (&str, &Content),
        now: i64,
    ) {
        let (id, content) = after;
        let Some(request) = waiting(content) else { return };
        if before.and_then(|before| waiting(&before.content)) == Some(request) {
            return;
        }
        let (calendar, event, request) = (calendar.to_owned(), id.to_owned(), request.to_owned());
        let at = now + self.settings.conference_delay_ms * 1_000;
        self.schedule(at, Task::Conference { calendar, event, request });
    }

    /// The request succeeds or fails; one that was replaced meanwhile is forgotten.
    pub(super) fn make_conference(&mut self, calendar: &str, event: &str, request: &str, now: i64) {
        let Some(mut copy) = self.copy(calendar, event).cloned() else { return };
        if !copy.is_live() || waiting(&copy.content) != Some(request) {
            return;
        }
        let mut data = copy.content.fields["conferenceData"].clone();
        if self.settings.conference_fails {
            data["createRequest"]["status"]["statusCode"] = json!("failure");
        } else {
            let letters: String = (0..10).map(|_| self.random_letter()).collect();
            let code = format!("{}-{}-{}", &letters[..3], &letters[3..7], &letters[7..]);
            let link = format!("https://meet.google.com/{code}");
            data["createRequest"]["status"]["statusCode"] = json!("success");
            data["entryPoints"] = json!([{ "entryPointType": "video", "uri": link,
                "label": format!("meet.google.com/{code}") }]);
            data["conferenceSolution"] = json!({ "key": { "type": "hangoutsMeet" }, "name": "Google Meet" });
            data["conferenceId"] = json!(code);
            copy.content.fields.insert("hangoutLink".to_owned(), json!(link));
        }
        copy.content.fields.insert("conferenceData".to_owned(), data);
        self.save_main(calendar, copy, now, "conference");
    }

    fn random_letter(&mut self) -> char {
        let n = u8::try_from(self.random_below(26)).unwrap_or(0);
        char::from(b'a' + n)
    }
}
