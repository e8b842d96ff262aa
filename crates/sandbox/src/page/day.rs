//! The day: the person's calendar and the company's rooms, hour by hour.

use bytes::Bytes;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use http::{Response, StatusCode};

use super::html::{document, escape, hidden};
use super::panel;
use crate::wire::query::encode;
use crate::wire::{Query, reply};
use crate::world::World;
use crate::world::access::Role;
use crate::world::clock::{HOUR, civil, midnight};
use crate::world::event::EventCopy;
use crate::world::recurrence;

/// What the page shows.
pub(super) struct Shown {
    /// Acting as.
    pub(super) user: String,
    /// In this zone.
    pub(super) zone: Tz,
    /// This day.
    pub(super) date: NaiveDate,
}

impl Shown {
    pub(super) fn read(world: &World, query: &Query, now: i64) -> Self {
        let wanted = query.get("as").unwrap_or("mina@hanbit.example").to_ascii_lowercase();
        let users = &world.directory.users;
        let user = if users.contains_key(&wanted) { Some(wanted) } else { users.keys().next().cloned() };
        let user = user.unwrap_or_default();
        let zone = world.directory.company_of(&user).map_or(chrono_tz::Asia::Seoul, |company| company.zone);
        let date = query.get("date").and_then(|text| text.parse().ok());
        Self { user, zone, date: date.unwrap_or_else(|| civil(now, zone).date()) }
    }

    pub(super) fn href(&self) -> String {
        format!("/?as={}&date={}", encode(&self.user), self.date)
    }

    pub(super) fn hidden(&self) -> String {
        format!("{}{}", hidden("as", &self.user), hidden("date", &self.date.to_string()))
    }
}

/// Renders the day.
pub(super) fn page(world: &World, query: &Query, now: i64) -> Response<Bytes> {
    let shown = Shown::read(world, query, now);
    let mut body = head(world, &shown);
    if let Some(error) = query.get("error") {
        body.push_str(&format!("<p class=\"error\" role=\"alert\">{}</p>", escape(error)));
    }
    let open = query.get("calendar").zip(query.get("event"));
    match open {
        Some((calendar, event)) => body.push_str(&panel::edit(world, &shown, calendar, event)),
        None => body.push_str(&panel::create(world, &shown, now)),
    }
    body.push_str("<div class=\"grid\" tabindex=\"0\" role=\"region\" aria-label=\"Day\"><div class=\"hours\"><h2></h2>");
    for hour in 0..24 {
        body.push_str(&format!("<span>{hour:02}:00</span>"));
    }
    body.push_str("</div>");
    column(&mut body, world, &shown, (&shown.user, "My calendar", "own"), open, now);
    if let Some(company) = world.directory.company_of(&shown.user) {
        for room in world.directory.rooms(&company.domain) {
            column(&mut body, world, &shown, (&room.email, &room.name, ""), open, now);
        }
    }
    body.push_str("</div>");
    body.push_str(&script(world.version()));
    reply::html(StatusCode::OK, document(&format!("{} · sandbox calendar", shown.date), &body))
}

fn head(world: &World, shown: &Shown) -> String {
    let mut options = String::new();
    let mut people: Vec<_> = world.directory.users.values().collect();
    people.sort_by_key(|user| user.order);
    for user in people {
        let selected = if user.email == shown.user { " selected" } else { "" };
        let (email, name) = (escape(&user.email), escape(&user.full_name()));
        options.push_str(&format!("<option value=\"{email}\"{selected}>{name} · {email}</option>"));
    }
    let day = |date: Option<NaiveDate>, label: &str| {
        let date = date.unwrap_or(shown.date);
        format!("<a href=\"/?as={}&amp;date={date}\">{label}</a>", encode(&shown.user))
    };
    format!(
        "<header><h1>Sandbox calendar</h1><form method=\"get\" action=\"/\"><label>Act as \
         <select name=\"as\" onchange=\"this.form.submit()\">{options}</select></label>\
         <label>Date <input type=\"date\" name=\"date\" value=\"{}\" onchange=\"this.form.submit()\"></label>\
         <button>Show</button></form>{} {}<p>{}</p><a href=\"/break\">Break things</a></header>",
        shown.date,
        day(shown.date.checked_sub_days(Days::new(1)), "← Day before"),
        day(shown.date.checked_add_days(Days::new(1)), "Day after →"),
        shown.zone.name(),
    )
}

fn column(
    body: &mut String,
    world: &World,
    shown: &Shown,
    (calendar, name, class): (&str, &str, &str),
    open: Option<(&str, &str)>,
    now: i64,
) {
    let from = midnight(shown.date, shown.zone);
    let to = shown.date.succ_opt().map_or(from + 24 * HOUR, |next| midnight(next, shown.zone));
    let company = world.directory.company_of(&shown.user);
    let room = company.and_then(|company| company.rooms.get(calendar));
    let about = room.map_or_else(
        || shown.user.clone(),
        |room| {
            let building = company.and_then(|company| company.buildings.get(room.building.as_deref()?));
            let place = building.map_or("", |building| building.name.as_str());
            let floor = room.floor.as_deref().unwrap_or("-");
            format!("{place} {floor}F · {}", room.capacity.unwrap_or(0))
        },
    );
    body.push_str(&format!(
        "<div class=\"column {class}\" data-calendar-column=\"{}\"><h2>{}<small>{}</small></h2><div class=\"lane\">",
        escape(calendar),
        escape(name),
        escape(&about)
    ));
    let hour = |at: i64| (at.clamp(from, to) - from) as f64 / HOUR as f64;
    if (from..to).contains(&now) {
        body.push_str(&format!("<i class=\"now\" style=\"top:calc({:.3} * var(--hour))\"></i>", hour(now)));
    }
    let blocks = of_day(world, calendar, from, to);
    for (i, copy) in blocks.iter().enumerate() {
        let (start, end) = (copy.content.start.at(shown.zone), copy.content.end.at(shown.zone));
        let overlaps = |other: &&EventCopy| {
            other.content.start.at(shown.zone) < end && other.content.end.at(shown.zone) > start
        };
        let before = blocks[..i].iter().filter(overlaps).count();
        let title = panel::title(copy);
        let visible = world.role(&shown.user, calendar) >= Role::Writer || !copy.content.is_private();
        let title = if visible { title } else { "busy" };
        let state = copy.response(calendar).word();
        let is_open = if open == Some((calendar, copy.id.as_str())) { " open" } else { "" };
        let time = |at: i64| civil(at, shown.zone).format("%H:%M").to_string();
        body.push_str(&format!(
            "<a class=\"block {state}{is_open}\" data-event-id=\"{id}\" data-calendar=\"{cal}\" data-title=\"{title}\" \
             data-response=\"{state}\" data-start=\"{s}\" data-end=\"{e}\" href=\"{href}&amp;calendar={ecal}&amp;event={eid}\" \
             style=\"top:calc({top:.3} * var(--hour));height:calc({height:.3} * var(--hour) - 2px);left:{left}px\">\
             {title} <time>{s}–{e}</time></a>",
            id = escape(&copy.id),
            cal = escape(calendar),
            title = escape(title),
            s = time(start),
            e = time(end),
            href = escape(&shown.href()),
            ecal = encode(calendar),
            eid = encode(&copy.id),
            top = hour(start),
            height = (hour(end) - hour(start)).max(0.4),
            left = 2 + before * 22,
        ));
    }
    body.push_str("</div></div>");
}

/// Everything that touches the day, instances included, oldest first.
fn of_day(world: &World, calendar: &str, from: i64, to: i64) -> Vec<EventCopy> {
    let Some(home) = world.calendars.get(calendar) else { return Vec::new() };
    let mut found = Vec::new();
    for copy in home.events.values().filter(|copy| copy.is_live()) {
        if copy.is_master() {
            for slot in recurrence::expand(&copy.content, world.place(calendar), from, to, 100) {
                let instance = crate::world::instance(copy, slot);
                if !home.events.contains_key(&instance.id) {
                    found.push(instance);
                }
            }
        } else if copy.content.end.at(home.zone) > from && copy.content.start.at(home.zone) < to {
            found.push(copy.clone());
        }
    }
    found.sort_by_key(|copy| (copy.content.start.at(home.zone), copy.id.clone()));
    found
}

/// Shows the working hours first, and reloads when the world changed and nobody is typing.
fn script(version: u64) -> String {
    format!(
        "<script>(()=>{{const g=document.querySelector('.grid');const k='sandbox-scroll';\
         const s=JSON.parse(sessionStorage.getItem(k)||'null');if(s){{g.scrollTop=s[0];g.scrollLeft=s[1]}}\
         else{{g.scrollTop=7.5*44}}\
         addEventListener('pagehide',()=>sessionStorage.setItem(k,JSON.stringify([g.scrollTop,g.scrollLeft])));\
         setInterval(async()=>{{try{{const r=await fetch('/sandbox/version');const v=(await r.json()).version;\
         const a=document.activeElement;if(v!=={version}&&!(a&&a.form))location.reload()}}catch{{}}}},1000)}})()</script>"
    )
}
