//! Every answer that a test gets is held against Google's discovery documents: no field outside the schema, right types,
//! and the fields that Google always sends. `support::Client::send` does it, so no test can forget it.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate};
use http::{Method, StatusCode};
use serde_json::{Map, Value};

use sandbox::wire::query::percent_decode;

/// A document, and where its paths begin.
struct Document {
    root: &'static str,
    text: &'static str,
}

const DOCUMENTS: [Document; 2] = [
    Document { root: "/calendar/v3/", text: include_str!("../discovery/calendar.v3.json") },
    Document { root: "/", text: include_str!("../discovery/admin.directory_v1.json") },
];

/// What Google always sends, by schema, and where that is written. An event that is cancelled may have the first four only.
const ALWAYS: [(&str, &[&str]); 18] = [
    // facts: google-calendar §8, the smallest payloads
    ("Event", &["kind", "etag", "id", "status"]),
    (
        "Events",
        &["kind", "etag", "summary", "updated", "timeZone", "accessRole", "defaultReminders", "items"],
    ),
    // discovery: EventAttendee.responseStatus, "The attendee's response status"
    ("EventAttendee", &["email", "responseStatus"]),
    // facts: google-calendar §5, the answer of watch
    ("Channel", &["kind", "id", "resourceId", "resourceUri", "expiration"]),
    // discovery: the fields of these are described without "optional" and are what their identity is made of
    ("CalendarList", &["kind", "etag", "items"]),
    ("CalendarListEntry", &["kind", "etag", "id", "summary", "timeZone", "accessRole", "defaultReminders"]),
    ("Calendar", &["kind", "etag", "id", "summary", "timeZone"]),
    ("Acl", &["kind", "etag", "items"]),
    ("AclRule", &["kind", "etag", "id", "scope", "role"]),
    ("Setting", &["kind", "etag", "id", "value"]),
    // facts: google-calendar §6
    ("FreeBusyResponse", &["kind", "timeMin", "timeMax", "calendars"]),
    // facts: google-directory; their lists may be absent
    ("CalendarResources", &["kind", "etag"]),
    (
        "CalendarResource",
        &[
            "kind",
            "etags",
            "resourceId",
            "resourceName",
            "resourceEmail",
            "generatedResourceName",
            "resourceCategory",
        ],
    ),
    ("Buildings", &["kind", "etag"]),
    ("Building", &["kind", "etags", "buildingId", "buildingName", "floorNames"]),
    ("Feature", &["kind", "etags", "name"]),
    ("Users", &["kind", "etag"]),
    ("User", &["kind", "etag", "id", "primaryEmail", "name"]),
];

/// What an event has besides when it is not cancelled, and when its reader may see details.
const OF_LIVE_EVENTS: [&str; 3] = ["start", "end", "eventType"];
const OF_DETAILED_EVENTS: [&str; 7] =
    ["htmlLink", "created", "updated", "iCalUID", "sequence", "creator", "reminders"];

fn documents() -> &'static [(&'static str, Value)] {
    static PARSED: OnceLock<Vec<(&'static str, Value)>> = OnceLock::new();
    PARSED.get_or_init(|| {
        DOCUMENTS
            .iter()
            .map(|document| (document.root, serde_json::from_str(document.text).unwrap()))
            .collect()
    })
}

/// Every method below a resource, nested ones too.
fn methods<'a>(resource: &'a Value, out: &mut Vec<&'a Value>) {
    out.extend(resource["methods"].as_object().into_iter().flat_map(Map::values));
    for child in resource["resources"].as_object().into_iter().flat_map(Map::values) {
        methods(child, out);
    }
}

fn fits(template: &str, path: &[String]) -> bool {
    let template: Vec<&str> = template.split('/').collect();
    template.len() == path.len()
        && template.iter().zip(path).all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
}

/// The document and the method that a request is for; a literal path goes before one with a placeholder.
fn method(verb: &Method, path: &str) -> Option<(&'static Value, &'static Value)> {
    for (root, document) in documents() {
        let Some(rest) = path.strip_prefix(root) else { continue };
        let path: Vec<String> = rest.split('/').map(percent_decode).collect();
        let mut all = Vec::new();
        methods(document, &mut all);
        let template =
            |method: &Value| method.get("flatPath").unwrap_or(&method["path"]).as_str().unwrap().to_owned();
        let found = all
            .into_iter()
            .filter(|method| method["httpMethod"] == verb.as_str() && fits(&template(method), &path))
            .min_by_key(|method| template(method).matches('{').count());
        if let Some(found) = found {
            return Some((document, found));
        }
    }
    None
}

/// Panics with everything that is wrong about an answer.
pub(crate) fn check(verb: &Method, uri: &str, status: StatusCode, text: &str) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let Some((document, method)) = method(verb, path) else { return };
    let mut wrong = Vec::new();
    let name = method["id"].as_str().unwrap();
    if status == StatusCode::NOT_MODIFIED {
        assert_eq!(text, "", "{name}: 304 has no body");
        return;
    }
    if !status.is_success() {
        error(status, text, &mut wrong);
    } else if let Some(schema) = method["response"]["$ref"].as_str() {
        let partial = query.split('&').any(|pair| pair.starts_with("fields="));
        match serde_json::from_str::<Value>(text) {
            Ok(body) => Check { document, partial, wrong: &mut wrong }.object(schema, &body, schema),
            Err(error) => wrong.push(format!("no JSON: {error}")),
        }
    } else if !text.is_empty() {
        wrong.push("this method has no response body".to_owned());
    }
    assert!(wrong.is_empty(), "{verb} {uri} ({name}), {status}:\n{}\n{text}", wrong.join("\n"));
}

/// facts: google-calendar §7, the shape of errors.
fn error(status: StatusCode, text: &str, wrong: &mut Vec<String>) {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let error = &body["error"];
    if error["code"] != status.as_u16() {
        wrong.push("error.code is not the status".to_owned());
    }
    let first = &error["errors"][0];
    for (name, value) in
        [("message", &error["message"]), ("domain", &first["domain"]), ("reason", &first["reason"])]
    {
        if !value.is_string() {
            wrong.push(format!("an error without {name}"));
        }
    }
}

struct Check<'a> {
    document: &'static Value,
    /// `fields=` was sent: what is always there may be left out.
    partial: bool,
    wrong: &'a mut Vec<String>,
}

impl Check<'_> {
    fn object(&mut self, schema: &str, value: &Value, at: &str) {
        let definition = &self.document["schemas"][schema];
        self.value(definition, value, at);
        let Some(object) = value.as_object().filter(|_| !self.partial) else { return };
        let mut always: Vec<&str> = Vec::new();
        if let Some((_, names)) = ALWAYS.iter().find(|(name, _)| *name == schema) {
            always.extend(*names);
        }
        if schema == "Event" {
            if value["status"] != "cancelled" {
                always.extend(OF_LIVE_EVENTS);
            }
            if object.contains_key("organizer") {
                always.extend(OF_DETAILED_EVENTS);
            }
            if object.contains_key("recurringEventId") != object.contains_key("originalStartTime") {
                self.wrong.push(format!("{at}: recurringEventId and originalStartTime come together"));
            }
        }
        if schema == "CalendarListEntry" && value["deleted"] == true {
            // discovery: CalendarListEntry.deleted; what is gone has an identity and nothing else
            always.truncate(3);
        }
        for name in always {
            if !object.contains_key(name) {
                self.wrong.push(format!("{at}: Google always sends {name}"));
            }
        }
        if object.contains_key("nextPageToken") && object.contains_key("nextSyncToken") {
            self.wrong.push(format!("{at}: a page token and a sync token"));
        }
    }

    fn value(&mut self, definition: &Value, value: &Value, at: &str) {
        if let Some(schema) = definition["$ref"].as_str() {
            return self.object(schema, value, at);
        }
        let fits = match definition["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            // The guide shows an expiration as a number, the reference as a text.
            Some("string") if definition["format"] == "int64" => {
                value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
            }
            Some("string") => value.as_str().is_some_and(|text| match definition["format"].as_str() {
                Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
                Some("date") => NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
                _ => true,
            }),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => true,
        };
        if !fits {
            self.wrong.push(format!("{at}: {value} is no {}", definition["type"]));
            return;
        }
        if let (Some(allowed), Some(text)) = (definition["enum"].as_array(), value.as_str())
            && !allowed.iter().any(|one| one == text)
        {
            self.wrong.push(format!("{at}: {text} is none of {allowed:?}"));
        }
        if let Some(items) = value.as_array() {
            for (index, item) in items.iter().enumerate() {
                self.value(&definition["items"], item, &format!("{at}[{index}]"));
            }
        }
        let Some(object) = value.as_object().filter(|_| definition["type"] == "object") else { return };
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match (definition["properties"].get(name), definition.get("additionalProperties")) {
                (Some(known), _) => self.value(known, value, &at),
                (None, Some(any)) => self.value(any, value, &at),
                (None, None) => self.wrong.push(format!("{at}: not in the schema")),
            }
        }
    }
}

#[test]
#[should_panic(expected = "not in the schema")]
fn a_field_that_google_does_not_know_is_noticed() {
    let body = r#"{"kind":"calendar#calendar","etag":"\"1\"","id":"a","summary":"a","timeZone":"UTC","colour":"red"}"#;
    check(&Method::GET, "/calendar/v3/calendars/a%40b", StatusCode::OK, body);
}

#[test]
#[should_panic(expected = "Google always sends etag")]
fn a_field_that_google_always_sends_is_missed() {
    let body = r#"{"kind":"calendar#calendar","id":"a","summary":"a","timeZone":"UTC"}"#;
    check(&Method::GET, "/calendar/v3/calendars/a%40b", StatusCode::OK, body);
}

#[test]
#[should_panic(expected = "is no \"integer\"")]
fn a_wrong_type_is_noticed() {
    let body =
        r#"{"kind":"k","etags":"e","resourceId":"r","resourceName":"n","resourceEmail":"m","capacity":"8"}"#;
    let path = "/admin/directory/v1/customer/my_customer/resources/calendars/r";
    check(&Method::GET, path, StatusCode::OK, body);
}

#[test]
fn every_method_that_the_sandbox_has_is_found_in_the_documents() {
    let directory = "/admin/directory/v1/customer/my_customer/resources";
    for (verb, path, id) in [
        (Method::GET, "/calendar/v3/calendars/a%40b/events", "calendar.events.list"),
        (Method::POST, "/calendar/v3/calendars/primary/events/import", "calendar.events.import"),
        (Method::GET, "/calendar/v3/calendars/primary/events/e1/instances", "calendar.events.instances"),
        (Method::POST, "/calendar/v3/freeBusy", "calendar.freebusy.query"),
        (Method::POST, "/calendar/v3/channels/stop", "calendar.channels.stop"),
        (Method::GET, "/admin/directory/v1/users", "directory.users.list"),
        (Method::POST, &format!("{directory}/features/TV/rename"), "directory.resources.features.rename"),
        (Method::PATCH, &format!("{directory}/calendars/r1"), "directory.resources.calendars.patch"),
    ] {
        assert_eq!(method(&verb, path).unwrap().1["id"], id);
    }
}
