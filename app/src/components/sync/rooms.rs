//! Every room in plain words: how it follows Google, and a button that has everything of it looked at again.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::health::{ChannelStanding, FullPass, RoomSync, SyncPage};
use model::room::RoomHealth;
use model::{Instant, RoomTrouble, ZoneDay};
use text::{Lang, date, tr, tr_with};

use crate::api::sync::SyncRepair;
use crate::components::ui::Icon;

/// Those in trouble first, the most pressing at the top. Where there are any, the others are folded.
#[component]
pub fn Rooms(lang: Lang, page: SyncPage) -> impl IntoView {
    let SyncPage { mut rooms, day, .. } = page;
    rooms.sort_by_key(|room| (pressing(room), room.number));
    let count = tr_with(lang, "sync.rooms.count", &[("count", &rooms.len().to_string())]);
    let troubled = rooms.iter().filter(|room| room.trouble.is_some()).count();
    let lead = (troubled > 0).then(|| {
        let said = tr_with(lang, "sync.rooms.troubled", &[("count", &troubled.to_string())]);
        view! { <p class="panel-lead">{said}</p> }
    });
    let empty = rooms.is_empty().then(|| view! { <p class="panel-empty">{tr(lang, "sync.rooms.empty")}</p> });
    let rows = |rooms: &[RoomSync]| rooms.iter().map(|room| row(lang, &day, room)).collect_view();
    let (first, rest) = rooms.split_at(if troubled == 0 { rooms.len() } else { troubled });
    let rest = (!rest.is_empty()).then(|| {
        let said = tr_with(lang, "sync.rooms.rest", &[("count", &rest.len().to_string())]);
        view! {
            <details class="letters-rest">
                <summary>
                    <Icon name="chevron-right"/>
                    <span>{said}</span>
                </summary>
                <ul class="letters">{rows(rest)}</ul>
            </details>
        }
    });
    view! {
        <section class="panel" aria-labelledby="sync-rooms">
            <header class="panel-head">
                <h2 id="sync-rooms">{tr(lang, "sync.rooms.heading")}</h2>
                <span class="panel-count">{count}</span>
                {lead}
            </header>
            <ul class="letters">{rows(first)}</ul>
            {rest}
            {empty}
        </section>
    }
}

/// How soon somebody should look: what needs a person comes before what may pass.
fn pressing(room: &RoomSync) -> u8 {
    match (room.trouble, room.health) {
        (None, _) => 4,
        (_, RoomHealth::Quarantined) => 0,
        (Some(RoomTrouble::LoopStopped), _) => 1,
        (_, RoomHealth::Degraded) => 2,
        _ => 3,
    }
}

fn row(lang: Lang, day: &ZoneDay, room: &RoomSync) -> impl IntoView + use<> {
    let health = room.health.as_str();
    let trouble = room.trouble.map(|trouble| trouble.as_str());
    let said = match trouble {
        Some(trouble) => tr(lang, &format!("sync.trouble.{trouble}")),
        None => tr(lang, &format!("sync.state.{health}")),
    };
    let at = |at: Option<Instant>| match at {
        Some(at) => date::moment(lang, day, at),
        None => tr(lang, "common.never").into_owned(),
    };
    let facts = [
        ("notified", at(room.last_notification)),
        ("pulled", at(room.last_pull)),
        ("channel", channel(lang, day, room)),
        ("queue", queue(lang, day, room)),
        ("full", full(lang, day, room.full_pass)),
    ]
    .map(|(name, value)| {
        view! {
            <div data-fact=name>
                <dt>{tr(lang, &format!("sync.fact.{name}"))}</dt>
                <dd>{value}</dd>
            </div>
        }
    })
    .collect_view();
    let button = |believe: &'static str, icon: &'static str, word: &str| {
        let label = tr_with(lang, &format!("{word}_label"), &[("name", &room.name)]);
        view! {
            <form action=SyncRepair::url() method="post">
                <input type="hidden" name="room" value=room.number.to_string()/>
                <input type="hidden" name="believe" value=believe/>
                <button class="button" type="submit" aria-label=label>
                    <Icon name=icon/>
                    <span>{tr(lang, word)}</span>
                </button>
            </form>
        }
    };
    let missing = room.trouble == Some(RoomTrouble::TooMuchMissing);
    let action = match room.repairing {
        true => view! { <p class="letter-busy">{tr(lang, "sync.rooms.repairing")}</p> }.into_any(),
        false => view! {
            {button("", "refresh", "sync.rooms.repair")}
            {missing.then(|| button("yes", "check", "sync.rooms.believe"))}
        }
        .into_any(),
    };
    view! {
        <li class="letter" data-room=room.number.to_string() data-health=health data-trouble=trouble>
            <div class="letter-body">
                <p class="letter-title">
                    <bdi>{room.name.clone()}</bdi>
                    <span class="pill" data-health=health>{tr(lang, &format!("admin.health.{health}"))}</span>
                </p>
                <p>{said}</p>
                <dl class="sync-facts">{facts}</dl>
            </div>
            <div class="letter-actions">{action}</div>
        </li>
    }
}

fn channel(lang: Lang, day: &ZoneDay, room: &RoomSync) -> String {
    match (room.channel, room.channel_expires) {
        (ChannelStanding::Armed, Some(end)) => {
            tr_with(lang, "sync.channel.armed", &[("time", &date::moment(lang, day, end))])
        }
        (ChannelStanding::Armed, None) => tr(lang, "sync.channel.armed_open").into_owned(),
        (standing, _) => tr(lang, &format!("sync.channel.{}", standing.as_str())).into_owned(),
    }
}

fn queue(lang: Lang, day: &ZoneDay, room: &RoomSync) -> String {
    match room.queue.oldest {
        Some(oldest) => {
            let (count, time) = (room.queue.waiting.to_string(), date::moment(lang, day, oldest));
            tr_with(lang, "sync.fact.queue_some", &[("count", &count), ("time", &time)])
        }
        None => tr(lang, "sync.fact.queue_none").into_owned(),
    }
}

fn full(lang: Lang, day: &ZoneDay, pass: Option<FullPass>) -> String {
    let Some(pass) = pass else { return tr(lang, "sync.fact.full_none").into_owned() };
    let time = date::moment(lang, day, pass.at);
    if pass.found == 0 {
        return tr_with(lang, "sync.fact.full_same", &[("time", &time)]);
    }
    let (found, repaired) = (pass.found.to_string(), pass.repaired.to_string());
    let args = [("time", time.as_str()), ("found", &found), ("repaired", &repaired)];
    tr_with(lang, "sync.fact.full_drift", &args)
}
