//! Laws of listings, under random edits: pages and deltas add up to the state; instances are what single events show.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Client, JOON};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

#[derive(Debug, Clone)]
enum Edit {
    Insert { id: usize, hour: i64, rule: usize },
    Retitle(usize, u8),
    Move(usize, i64),
    Rule(usize, usize),
    Delete(usize),
    Instance { id: usize, day: i64, hour: Option<i64> },
    Pull,
}

const RULES: [&str; 5] = [
    "",
    "RRULE:FREQ=DAILY;COUNT=5",
    "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=4",
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "RRULE:FREQ=DAILY;UNTIL=20261125T145959Z",
];

fn edit() -> impl Strategy<Value = Edit> {
    let id = 0..4_usize;
    prop_oneof![
        (id.clone(), 8..12_i64, 0..RULES.len()).prop_map(|(id, hour, rule)| Edit::Insert { id, hour, rule }),
        (id.clone(), any::<u8>()).prop_map(|(id, n)| Edit::Retitle(id, n)),
        (id.clone(), 8..12_i64).prop_map(|(id, hour)| Edit::Move(id, hour)),
        (id.clone(), 0..RULES.len()).prop_map(|(id, rule)| Edit::Rule(id, rule)),
        id.clone().prop_map(Edit::Delete),
        (id, 23..28_i64, prop::option::of(13..18_i64)).prop_map(|(id, day, hour)| Edit::Instance {
            id,
            day,
            hour
        }),
        Just(Edit::Pull),
    ]
}

fn time(day: i64, hour: i64) -> Value {
    json!({ "dateTime": format!("2026-11-{day}T{hour:02}:00:00+09:00"), "timeZone": "Asia/Seoul" })
}

fn lines(rule: usize) -> Value {
    if rule == 0 { json!([]) } else { json!([RULES[rule]]) }
}

fn apply(c: &mut Client, edit: &Edit) {
    let name = |id: usize| format!("event{id}");
    let path = |id: usize| format!("{EVENTS}/{}", name(id));
    // What does not fit (a taken id, a deleted event, no such instance) is refused and changes nothing.
    match edit {
        Edit::Insert { id, hour, rule } => {
            let body = json!({ "id": name(*id), "summary": "회의", "start": time(23, *hour),
                "end": time(23, hour + 1), "recurrence": lines(*rule) });
            c.post(JOON, EVENTS, body);
        }
        Edit::Retitle(id, n) => drop(c.call(JOON, "PATCH", &path(*id), json!({ "summary": n.to_string() }))),
        Edit::Move(id, hour) => {
            let body = json!({ "start": time(23, *hour), "end": time(23, hour + 1) });
            c.call(JOON, "PATCH", &path(*id), body);
        }
        Edit::Rule(id, rule) => {
            drop(c.call(JOON, "PATCH", &path(*id), json!({ "recurrence": lines(*rule) })))
        }
        Edit::Delete(id) => drop(c.call(JOON, "DELETE", &path(*id), Value::Null)),
        Edit::Instance { id, day, hour } => {
            let all = c.get(JOON, &format!("{}/instances", path(*id)));
            let wanted = format!("2026-11-{day}");
            let items = all.json["items"].as_array().cloned().unwrap_or_default();
            let starts = |one: &&Value| one["start"]["dateTime"].as_str().unwrap().starts_with(&wanted);
            let Some(one) = items.iter().find(starts).map(|one| one["id"].as_str().unwrap().to_owned())
            else {
                return;
            };
            let path = format!("{EVENTS}/{one}");
            match hour {
                Some(hour) => {
                    let body = json!({ "start": time(*day, *hour), "end": time(*day, hour + 1) });
                    c.call(JOON, "PATCH", &path, body);
                }
                None => drop(c.call(JOON, "DELETE", &path, Value::Null)),
            }
        }
        Edit::Pull => {}
    }
}

/// What a client holds: it applies every item, and takes away what is cancelled.
#[derive(Default)]
struct Mirror {
    held: BTreeMap<String, Value>,
    token: Option<String>,
}

impl Mirror {
    fn pull(&mut self, c: &mut Client, query: &str) {
        let sync = self.token.as_ref().map_or(String::new(), |token| format!("&syncToken={token}"));
        let mut page = String::new();
        loop {
            let list = c.list(JOON, "primary", &format!("maxResults=3&{query}{sync}{page}")).ok();
            for item in list["items"].as_array().unwrap() {
                let id = item["id"].as_str().unwrap().to_owned();
                let exception = query.is_empty() && item.get("recurringEventId").is_some();
                if item["status"] == "cancelled" && !exception {
                    self.held.remove(&id);
                } else {
                    self.held.insert(id, item.clone());
                }
            }
            match list["nextPageToken"].as_str() {
                Some(token) => page = format!("&pageToken={token}"),
                None => {
                    self.token = Some(list["nextSyncToken"].as_str().unwrap().to_owned());
                    break;
                }
            }
        }
        // A deleted series has one tombstone: its exceptions go with it.
        if query.is_empty() {
            let series = |id: &str| self.held.get(id).is_some_and(|event| event.get("recurrence").is_some());
            let orphans: Vec<String> = self
                .held
                .values()
                .filter(|event| event["recurringEventId"].as_str().is_some_and(|id| !series(id)))
                .map(|event| event["id"].as_str().unwrap().to_owned())
                .collect();
            orphans.iter().for_each(|id| drop(self.held.remove(id)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_and_deltas_add_up_to_the_state(edits in prop::collection::vec(edit(), 1..24)) {
        let mut c = Client::new();
        let (mut masters, mut singles) = (Mirror::default(), Mirror::default());
        for edit in &edits {
            apply(&mut c, edit);
            if matches!(edit, Edit::Pull) {
                masters.pull(&mut c, "");
                singles.pull(&mut c, "singleEvents=true");
            }
        }
        for (mirror, query) in [(&mut masters, ""), (&mut singles, "singleEvents=true")] {
            mirror.pull(&mut c, query);
            let mut fresh = Mirror::default();
            fresh.pull(&mut c, query);
            prop_assert_eq!(&mirror.held, &fresh.held, "{}", query);
        }
    }

    #[test]
    fn instances_are_what_single_events_show(edits in prop::collection::vec(edit(), 1..24)) {
        let mut c = Client::new();
        edits.iter().for_each(|edit| apply(&mut c, edit));
        let single = c.list(JOON, "primary", "singleEvents=true&orderBy=startTime").ok();
        let single = single["items"].as_array().unwrap().clone();
        for id in 0..4 {
            let name = format!("event{id}");
            let listed: Vec<&Value> = single.iter().filter(|one| one["recurringEventId"] == name.as_str()).collect();
            let master = c.get(JOON, &format!("{EVENTS}/{name}"));
            if master.json.get("recurrence").is_none() || master.json["status"] == "cancelled" {
                prop_assert!(listed.is_empty());
                continue;
            }
            let instances = c.get(JOON, &format!("{EVENTS}/{name}/instances")).ok();
            let instances: Vec<&Value> = instances["items"].as_array().unwrap().iter().collect();
            prop_assert_eq!(&instances, &listed);
            for one in instances {
                let got = c.get(JOON, &format!("{EVENTS}/{}", one["id"].as_str().unwrap())).ok();
                prop_assert_eq!(&got, one);
            }
        }
    }
}

/// Found by the law above: an exception that nobody touches goes with its series.
#[test]
fn a_delta_takes_the_exceptions_of_a_deleted_series_back() {
    let mut c = Client::new();
    let mut singles = Mirror::default();
    apply(&mut c, &Edit::Insert { id: 1, hour: 8, rule: 1 });
    apply(&mut c, &Edit::Instance { id: 1, day: 23, hour: Some(13) });
    singles.pull(&mut c, "singleEvents=true");
    assert_eq!(singles.held.len(), 5);
    apply(&mut c, &Edit::Delete(1));
    singles.pull(&mut c, "singleEvents=true");
    assert_eq!(singles.held.len(), 0);
}
