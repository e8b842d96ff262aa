//! The forms: make an event, or change the one that is open.

use super::day::Shown;
use super::html::{escape, hidden};
use crate::world::World;
use crate::world::access::Role;
use crate::world::clock::{HOUR, MINUTE, civil};
use crate::world::event::EventCopy;

/// The title, or a word for none.
pub(super) fn title(copy: &EventCopy) -> &str {
    match copy.content.text("summary") {
        "" => "(no title)",
        title => title,
    }
}

fn times(start: &str, end: &str) -> String {
    format!(
        "<label>Start <input type=\"time\" name=\"start\" value=\"{start}\" required></label>\
         <label>End <input type=\"time\" name=\"end\" value=\"{end}\" required></label>"
    )
}

fn rooms(world: &World, shown: &Shown, chosen: Option<&str>) -> String {
    let mut out = String::from("<label>Room <select name=\"room\"><option value=\"\">(no room)</option>");
    if let Some(company) = world.directory.company_of(&shown.user) {
        for room in world.directory.rooms(&company.domain) {
            let selected = if chosen == Some(room.email.as_str()) { " selected" } else { "" };
            let (email, name) = (escape(&room.email), escape(&room.name));
            out.push_str(&format!("<option value=\"{email}\"{selected}>{name}</option>"));
        }
    }
    out.push_str("</select></label>");
    out
}

/// The form for a new event.
pub(super) fn create(world: &World, shown: &Shown, now: i64) -> String {
    let next = now - now.rem_euclid(30 * MINUTE) + 30 * MINUTE;
    let time = |at: i64| civil(at, shown.zone).format("%H:%M").to_string();
    format!(
        "<section><h2>New event</h2><form method=\"post\" action=\"/ui/create\" aria-label=\"New event\">{}\
         <label>Title <input name=\"title\" required></label>{}{}\
         <label>How <select name=\"how\"><option value=\"invite\">invite the room</option>\
         <option value=\"direct\">write into the room's calendar</option></select></label>\
         <label>Guests <input name=\"guests\" placeholder=\"joon@hanbit.example\"></label>\
         <label>Visibility <select name=\"visibility\"><option value=\"\">default</option>\
         <option value=\"private\">private</option></select></label>\
         <label>Repeats <select name=\"repeat\"><option value=\"\">no</option><option value=\"DAILY\">daily</option>\
         <option value=\"WEEKLY\">weekly</option></select></label>\
         <button class=\"main\">Create</button></form>{}</section>",
        shown.hidden(),
        times(&time(next), &time(next + HOUR)),
        rooms(world, shown, None),
        settings(world, shown),
    )
}

/// The person's settings, which the API can only read and watch.
fn settings(world: &World, shown: &Shown) -> String {
    let (hidden_invitations, _) = world.setting_of(&shown.user, "hideInvitations").unwrap_or_default();
    let other = if hidden_invitations == "true" { "false" } else { "true" };
    let word = if hidden_invitations == "true" { "Show" } else { "Hide" };
    format!(
        "<form method=\"post\" action=\"/ui/setting\">{}{}{}<button>{word} unanswered invitations</button></form>",
        shown.hidden(),
        hidden("name", "hideInvitations"),
        hidden("value", other),
    )
}

/// The forms for the open event.
pub(super) fn edit(world: &World, shown: &Shown, calendar: &str, event: &str) -> String {
    let close = format!("<a href=\"{}\">Close</a>", escape(&shown.href()));
    let Some(copy) = world.event(calendar, event).filter(EventCopy::is_live) else {
        return format!("<section><p>This event is gone. {close}</p></section>");
    };
    let role = world.role(&shown.user, calendar);
    if role < Role::Reader || (role < Role::Writer && copy.content.is_private()) {
        return format!("<section><p>Busy. {close}</p></section>");
    }
    let content = &copy.content;
    let is_room = calendar != shown.user;
    // The organiser changes the main copy, also when the room's column was clicked.
    let main = if content.organizer == shown.user { shown.user.as_str() } else { calendar };
    let fields = |calendar: &str| {
        format!("{}{}{}", shown.hidden(), hidden("calendar", calendar), hidden("event", &copy.id))
    };
    let time = |at: i64| civil(at, shown.zone).format("%H:%M").to_string();
    let (start, end) = (time(content.start.at(shown.zone)), time(content.end.at(shown.zone)));
    let room =
        content.attendees.iter().find(|attendee| attendee.resource).map(|attendee| attendee.email.as_str());
    let mut out = format!(
        "<section><h2>{}</h2><form method=\"post\" action=\"/ui/update\" aria-label=\"Edit event\">{}\
         <label>Title <input name=\"title\" value=\"{}\"></label>{}{}<button class=\"main\">Save</button>{}</form>",
        escape(title(&copy)),
        fields(main),
        escape(content.text("summary")),
        times(&start, &end),
        rooms(world, shown, room),
        if content.series.is_some() {
            "<button formaction=\"/ui/following\">Save for this and following</button>"
        } else {
            ""
        },
    );
    out.push_str(&format!(
        "<form method=\"post\" aria-label=\"Answer or delete\">{}\
         <button formaction=\"/ui/accept\">{}</button><button formaction=\"/ui/decline\">{}</button>\
         <button formaction=\"/ui/tentative\">Maybe</button></form>\
         <form method=\"post\" action=\"/ui/delete\">{}<button class=\"bad\">Delete</button></form>",
        fields(calendar),
        if is_room { "Accept for the room" } else { "Accept" },
        if is_room { "Decline for the room" } else { "Decline" },
        fields(main),
    ));
    if content.organizer == main && content.series.is_none() {
        out.push_str(&format!(
            "<form method=\"post\" action=\"/ui/move\">{}<label>Other calendar \
             <input name=\"to\" type=\"email\" required></label><button>Move</button></form>",
            fields(main)
        ));
    }
    if let Some(series) = &content.series {
        out.push_str(&format!(
            "<form method=\"post\" action=\"/ui/delete\">{}{}{}<button class=\"bad\">Delete the series</button></form>",
            shown.hidden(),
            hidden("calendar", main),
            hidden("event", series)
        ));
    }
    let who = content.attendees.iter().map(|attendee| {
        let name = attendee.display_name.as_deref().unwrap_or(&attendee.email);
        format!("{} ({})", escape(name), attendee.response.word())
    });
    let who: Vec<String> = who.collect();
    out.push_str(&format!(
        "<p>Organiser: {}. {} {close}</p></section>",
        escape(&content.organizer),
        who.join(", ")
    ));
    out
}
