//! Bookings that did not reach Google: why, since when, what comes next, and what a person can do.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::health::{StuckRow, SyncPage};
use text::{Lang, date, tr, tr_known, tr_with};

use crate::api::sync::{SyncDismiss, SyncRetry};

/// Nothing where nothing is stuck.
#[component]
pub fn Stuck(lang: Lang, page: SyncPage) -> impl IntoView {
    let rows: Vec<_> = page.stuck.iter().map(|stuck| row(lang, &page, stuck)).collect();
    let shown = rows.len();
    let count = tr_with(lang, "sync.stuck.count", &[("count", &page.stuck_count.to_string())]);
    let more = i64::try_from(shown).is_ok_and(|shown| shown < page.stuck_count).then(|| {
        let said = tr_with(lang, "sync.stuck.more", &[("shown", &shown.to_string())]);
        view! { <p class="panel-lead">{said}</p> }
    });
    (shown > 0).then(|| {
        view! {
            <section class="panel" aria-labelledby="sync-stuck">
                <header class="panel-head">
                    <h2 id="sync-stuck">{tr(lang, "sync.stuck.heading")}</h2>
                    <span class="panel-count">{count}</span>
                    {more}
                </header>
                <ul class="letters">{rows}</ul>
            </section>
        }
    })
}

fn row(lang: Lang, page: &SyncPage, stuck: &StuckRow) -> impl IntoView + use<> {
    let at = |at| date::moment(lang, &page.day, at);
    let number = stuck.booking.to_string();
    let title = match stuck.title.is_empty() {
        true => tr(lang, "sync.stuck.private").into_owned(),
        false => stuck.title.clone(),
    };
    let (state, tone) = if stuck.dead { ("dead", "bad") } else { ("waits", "warn") };
    let mut facts = vec![
        tr_with(lang, "sync.stuck.since", &[("time", &at(stuck.since))]),
        tr_with(lang, "sync.stuck.attempts", &[("count", &stuck.attempts.to_string())]),
    ];
    if let Some(next) = stuck.next_try {
        facts.push(tr_with(lang, "sync.stuck.next", &[("time", &at(next))]));
    }
    let reason = stuck.reason.as_str();
    // Whose connection is lost decides what mends it.
    let said = tr_known(lang, &format!("sync.lost.{}.{reason}", stuck.whose.as_str()))
        .unwrap_or_else(|| tr(lang, &format!("sync.reason.{reason}")));
    let facts: Vec<_> = facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect();
    let form = |action: &'static str, kind: Option<&'static str>, word: &str, label: &str| {
        let label = tr_with(lang, label, &[("number", &number)]);
        view! {
            <form action=action method="post">
                <input type="hidden" name="booking" value=number.clone()/>
                <button class="button" data-kind=kind type="submit" aria-label=label>{tr(lang, word)}</button>
            </form>
        }
    };
    // A booking in a room that is gone has no page.
    let name = match stuck.reason {
        model::Stuck::RoomGone => view! { <span>{format!("#{number}")}</span> }.into_any(),
        _ => view! { <a href=format!("/bookings/{number}")>{format!("#{number}")}</a> }.into_any(),
    };
    let retry =
        stuck.can_retry.then(|| form(SyncRetry::url(), None, "sync.stuck.retry", "sync.stuck.retry_label"));
    let dismiss = stuck.dead.then(|| {
        form(SyncDismiss::url(), Some("danger-quiet"), "sync.stuck.dismiss", "sync.stuck.dismiss_label")
    });
    view! {
        <li class="letter" data-stuck=reason data-tone=tone data-booking=number.clone()>
            <div class="letter-body">
                <p class="letter-title">
                    {name}
                    " "
                    <bdi>{title}</bdi>
                    <span class="letter-state">{tr(lang, &format!("sync.stuck.{state}"))}</span>
                </p>
                <p>{said}</p>
                <p class="letter-facts">
                    <bdi>{stuck.room.clone()}</bdi>
                    <span>{at(stuck.start)}</span>
                    <bdi>{stuck.organizer.clone()}</bdi>
                </p>
                <p class="letter-facts">{facts}</p>
            </div>
            <div class="letter-actions">{retry}{dismiss}</div>
        </li>
    }
}
