//! The page on which one breaks things by hand: faults, settings, people, and what was logged and sent.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::html::{document, escape, hidden};
use crate::wire::query::encode;
use crate::wire::{Query, reply};
use crate::world::faults::Fault;
use crate::world::people::Fortune;
use crate::world::{Turn, World};

/// What can be chosen without writing JSON: a label, and the action.
const ACTIONS: [(&str, &str); 27] = [
    ("503 instead of an answer", r#"{"status":503}"#),
    ("403 rateLimitExceeded", r#"{"status":403}"#),
    ("403 quotaExceeded", r#"{"status":403,"reason":"quotaExceeded"}"#),
    ("429 with Retry-After: 30", r#"{"status":429,"retry_after_s":30}"#),
    ("404 notFound", r#"{"status":404}"#),
    ("410 fullSyncRequired for sync tokens", r#""expire_sync_tokens""#),
    ("401 authError", r#""expire_access_token""#),
    ("work done, then 503", r#""commit_then_fail""#),
    ("work done, then no answer", r#""commit_then_drop""#),
    ("no work, no answer", r#""drop_connection""#),
    ("half an answer", r#""torn_body""#),
    ("answer three seconds late", r#"{"delay_ms":3000}"#),
    ("answer in drops", r#"{"slow_drip_ms":300}"#),
    ("a page of HTML", r#""html_page""#),
    ("work done twice", r#""execute_twice""#),
    ("somebody edits after each write", r#""bounce_edit""#),
    ("a listing says: nothing there", r#""lie_empty""#),
    ("a listing without an end", r#""loop_page""#),
    ("arrays are null", r#""null_arrays""#),
    ("fields of a later year", r#""unknown_fields""#),
    ("notifications are lost", r#""drop_notification""#),
    ("notifications come three times", r#"{"duplicate_notification":2}"#),
    ("notifications come a minute late", r#"{"delay_notification_ms":60000}"#),
    ("notifications swap places", r#""reorder_notification""#),
    ("notifications with a wrong token", r#""wrong_token""#),
    ("the next id token has a wrong key", r#"{"id_token":"wrong_key"}"#),
    ("the next id token is not signed", r#"{"id_token":"alg_none"}"#),
];

/// What can befall a person.
const FORTUNES: [(&str, &str); 9] = [
    ("revoke", "takes the grants back"),
    ("change_password", "changes the password"),
    ("expire_tokens", "access tokens end"),
    ("suspend", "is suspended"),
    ("restore", "is no longer suspended"),
    ("make_admin", "becomes an admin"),
    ("take_admin", "is no longer an admin"),
    ("delete", "leaves"),
    ("undelete", "comes back"),
];

/// The newest lines of the log that are shown.
const LINES: usize = 40;

fn options(list: &[(&str, &str)]) -> String {
    list.iter()
        .map(|(value, label)| format!("<option value=\"{}\">{}</option>", escape(value), escape(label)))
        .collect()
}

/// Renders the page.
pub(super) fn page(world: &World, query: &Query) -> Response<Bytes> {
    let mut body = String::from("<header><h1>Break things</h1><a href=\"/\">Calendar</a></header>");
    if let Some(error) = query.get("error") {
        body.push_str(&format!("<p class=\"error\" role=\"alert\">{}</p>", escape(error)));
    }
    body.push_str(&faults(world));
    body.push_str(&settings(world));
    body.push_str(&people(world));
    body.push_str(&log(world));
    reply::html(StatusCode::OK, document("Break things · sandbox", &body))
}

fn faults(world: &World) -> String {
    let swapped: Vec<(&str, &str)> = ACTIONS.iter().map(|(label, action)| (*action, *label)).collect();
    let calendars = world
        .calendars
        .values()
        .map(|home| format!("<option value=\"{}\">{}</option>", escape(&home.id), escape(&home.summary)));
    let plan = world.faults.plan.iter().enumerate().map(|(i, fault)| {
        let line = serde_json::to_string(fault).unwrap_or_default();
        format!(
            "<li><code>{}</code> <form method=\"post\" action=\"/ui/break/mend\">{}<button>Take off</button></form></li>",
            escape(&line),
            hidden("index", &i.to_string())
        )
    });
    format!(
        "<section><h2>Faults</h2><form method=\"post\" action=\"/ui/break/fault\" aria-label=\"New fault\">\
         <label>What <select name=\"action\">{}</select></label>\
         <label>Method <select name=\"method\"><option value=\"\">any</option><option>GET</option><option>POST</option>\
         <option>PATCH</option><option>PUT</option><option>DELETE</option></select></label>\
         <label>Path contains <input name=\"path\" placeholder=\"/events\"></label>\
         <label>Calendar <select name=\"calendar\"><option value=\"\">any</option>{}</select></label>\
         <label>Person <select name=\"user\"><option value=\"\">anybody</option>{}</select></label>\
         <label>Times <input name=\"count\" type=\"number\" min=\"1\" value=\"1\" placeholder=\"for ever\"></label>\
         <label>Of a hundred <input name=\"percent\" type=\"number\" min=\"1\" max=\"100\" placeholder=\"100\"></label>\
         <button class=\"main\">Add</button></form>\
         <form method=\"post\" action=\"/ui/break/mend\"><button>Take all off</button></form><ol>{}</ol></section>",
        options(&swapped),
        calendars.collect::<String>(),
        emails(world),
        plan.collect::<String>(),
    )
}

fn emails(world: &World) -> String {
    let mut people: Vec<_> = world.directory.users.values().collect();
    people.sort_by_key(|user| user.order);
    people
        .into_iter()
        .map(|user| {
            let (email, name) = (escape(&user.email), escape(&user.full_name()));
            let state = if user.suspended { " (suspended)" } else { "" };
            format!("<option value=\"{email}\">{name} · {email}{state}</option>")
        })
        .collect()
}

/// Every setting, as its JSON; switches as such.
fn settings(world: &World) -> String {
    let all = json!(world.settings);
    let fields = all.as_object().into_iter().flatten().map(|(name, value)| {
        let (label, shown) = (escape(&name.replace('_', " ")), escape(&value.to_string()));
        match value {
            Value::Bool(on) => {
                let options = [(true, "yes"), (false, "no")].map(|(value, word)| {
                    let selected = if value == *on { " selected" } else { "" };
                    format!("<option value=\"{value}\"{selected}>{word}</option>")
                });
                format!("<label>{label} <select name=\"{name}\">{}</select></label>", options.concat())
            }
            _ => format!("<label>{label} <input name=\"{name}\" value=\"{shown}\"></label>"),
        }
    });
    format!(
        "<section><details><summary>Settings</summary><form method=\"post\" action=\"/ui/break/settings\" \
         aria-label=\"Settings\">{}<button class=\"main\">Set</button></form></details></section>",
        fields.collect::<String>()
    )
}

fn people(world: &World) -> String {
    let gone: String = world
        .directory
        .deleted
        .keys()
        .map(|email| format!("<option value=\"{0}\">{0} (left)</option>", escape(email)))
        .collect();
    let clock = world.shown_clock();
    format!(
        "<section><h2>People and Google</h2><form method=\"post\" action=\"/ui/break/person\" aria-label=\"People\">\
         <label>Person <select name=\"email\">{}{gone}</select></label>\
         <label>What happens <select name=\"do\">{}</select></label><button>Let it happen</button></form>\
         <form method=\"post\" action=\"/ui/break/expire-sync\"><button>All sync tokens end</button></form>\
         <form method=\"post\" action=\"/ui/break/expire-access\"><button>All access tokens end</button></form>\
         <form method=\"post\" action=\"/ui/break/rotate\"><button>New signing key</button></form>\
         <form method=\"post\" action=\"/ui/break/clock\" aria-label=\"Clock\">\
         <label>Google's clock: {} <input name=\"freeze\" value=\"{}\"></label>\
         <button name=\"do\" value=\"freeze\">Stop it there</button>\
         <label>Seconds <input name=\"seconds\" type=\"number\" min=\"1\" value=\"3600\"></label>\
         <button name=\"do\" value=\"advance\">Move it on</button>\
         <button name=\"do\" value=\"run\">Let it run</button></form>\
         <form method=\"post\" action=\"/ui/break/reset\"><button class=\"bad\">Back to the seed</button></form></section>",
        emails(world),
        options(&FORTUNES),
        if clock["frozen"] == true { "stands at" } else { "runs" },
        escape(clock["now"].as_str().unwrap_or_default()),
    )
}

fn log(world: &World) -> String {
    let entries = world.log.since(0);
    let newest = entries.into_iter().rev().take(LINES);
    let lines: String =
        newest.map(|entry| format!("<li><code>{}</code></li>", escape(&entry.to_string()))).collect();
    let mails: String = world
        .sent(0)
        .map(|sent| {
            let (at, to, subject) = (escape(&sent.at), escape(&sent.to), escape(&sent.subject));
            format!("<li>{at} to {to}: {subject}</li>")
        })
        .collect();
    format!(
        "<section><h2>Sent</h2><ul>{mails}</ul></section><section><h2>Log, newest first</h2><ol reversed>{lines}</ol>\
         </section>"
    )
}

/// Does what a form asks and goes back to the page.
pub(super) fn act(world: &mut World, action: &str, form: &Query, now: i64) -> Response<Bytes> {
    let done = match action {
        "fault" => add_fault(world, form),
        "mend" => {
            match form.get("index").and_then(|index| index.parse::<usize>().ok()) {
                Some(index) if index < world.faults.plan.len() => {
                    world.faults.plan.remove(index);
                }
                Some(_) => {}
                None => world.mend(),
            }
            Ok(())
        }
        "settings" => set(world, form),
        "person" => befall(world, form, now),
        "expire-sync" => {
            world.expire_sync_tokens(None);
            Ok(())
        }
        "expire-access" => {
            world.oauth.expire_access();
            Ok(())
        }
        "rotate" => {
            world.oauth.key_generation += 1;
            Ok(())
        }
        "clock" => turn(world, form),
        "reset" => {
            world.reset(now);
            Ok(())
        }
        _ => Err("There is no such button.".to_owned()),
    };
    let error = done.err().map_or_else(String::new, |error| format!("?error={}", encode(&error)));
    reply::redirect(StatusCode::SEE_OTHER, &format!("/break{error}"))
}

fn add_fault(world: &mut World, form: &Query) -> Result<(), String> {
    let read = |name: &str| form.get(name).map(str::to_owned);
    let action: Value =
        serde_json::from_str(form.get("action").unwrap_or_default()).map_err(|e| e.to_string())?;
    let number = |name: &str| -> Result<Option<u32>, String> {
        form.get(name).map(|text| text.parse().map_err(|_| format!("{name} must be a number."))).transpose()
    };
    let percent = number("percent")?.map(|percent| f64::from(percent) / 100.0);
    let fault = json!({
        "matcher": { "method": read("method"), "path": read("path"), "calendar": read("calendar"), "user": read("user") },
        "action": action, "count": number("count")?, "probability": percent,
    });
    let fault: Fault = serde_json::from_value(fault).map_err(|error| error.to_string())?;
    world.add_fault(fault);
    Ok(())
}

fn set(world: &mut World, form: &Query) -> Result<(), String> {
    let mut all = json!(world.settings);
    for (name, text) in form.pairs() {
        all[name] = serde_json::from_str(text).map_err(|_| format!("{name} must be JSON: {text}"))?;
    }
    world.settings = serde_json::from_value(all).map_err(|error| error.to_string())?;
    Ok(())
}

fn turn(world: &mut World, form: &Query) -> Result<(), String> {
    let turn = match form.get("do") {
        Some("freeze") => json!({ "freeze": form.get("freeze") }),
        Some("advance") => {
            let seconds: u32 = form
                .get("seconds")
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| "Seconds must be a number.".to_owned())?;
            json!({ "advance_seconds": seconds })
        }
        _ => json!({ "run": true }),
    };
    let turn: Turn = serde_json::from_value(turn).map_err(|error| error.to_string())?;
    world.turn(&turn)
}

fn befall(world: &mut World, form: &Query, now: i64) -> Result<(), String> {
    let fortune: Fortune = serde_json::from_value(json!(form.get("do").unwrap_or_default()))
        .map_err(|error| error.to_string())?;
    let email = form.get("email").unwrap_or_default();
    if world.befall(email, fortune, now) { Ok(()) } else { Err("There is no such person.".to_owned()) }
}
