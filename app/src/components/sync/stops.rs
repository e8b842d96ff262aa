//! Calendars that nothing is written to because it looked like a loop, and the button that lets it go on.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::health::{StopRow, SyncPage};
use text::{Lang, date, tr, tr_with};

use crate::api::sync::SyncResume;

/// Nothing where nothing was stopped.
#[component]
pub fn Stops(lang: Lang, page: SyncPage) -> impl IntoView {
    let rows: Vec<_> = page.stops.iter().map(|stop| row(lang, &page, stop)).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="sync-stops">
                <header class="panel-head">
                    <h2 id="sync-stops">{tr(lang, "sync.stops.heading")}</h2>
                    <p class="panel-lead">{tr(lang, "sync.stops.lead")}</p>
                </header>
                <ul class="letters">{rows}</ul>
            </section>
        }
    })
}

fn row(lang: Lang, page: &SyncPage, stop: &StopRow) -> impl IntoView + use<> {
    let kind = stop.kind.as_str();
    let at = tr_with(lang, "sync.stops.at", &[("time", &date::moment(lang, &page.day, stop.at))]);
    let last = stop.booking.map(|booking| {
        let said = tr_with(lang, "sync.stops.last", &[("number", &booking.to_string())]);
        view! { <a href=format!("/bookings/{booking}")>{said}</a> }
    });
    let label = tr_with(lang, "sync.stops.resume_label", &[("name", &stop.name)]);
    view! {
        <li class="letter" data-stop=kind data-tone="bad">
            <div class="letter-body">
                <p class="letter-title"><bdi>{stop.name.clone()}</bdi></p>
                <p>{tr(lang, &format!("sync.stops.{kind}"))}</p>
                <p class="letter-facts"><span>{at}</span>{last}</p>
            </div>
            <form action=SyncResume::url() method="post" class="letter-actions">
                <input type="hidden" name="calendar" value=stop.calendar.clone()/>
                <button class="button" type="submit" aria-label=label>{tr(lang, "sync.stops.resume")}</button>
            </form>
        </li>
    }
}
