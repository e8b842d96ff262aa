//! People whose grant does not work, and how many of their bookings wait for it.

use leptos::prelude::*;
use model::GrantStanding;
use model::health::SyncPage;
use text::{Lang, tr, tr_with};

/// Nothing where everybody's works.
#[component]
pub fn People(lang: Lang, page: SyncPage) -> impl IntoView {
    let row = |person: &model::health::PersonSync| {
        let grant = person.grant.as_str();
        let waiting = match person.waiting {
            0 => tr(lang, "sync.people.waiting_none").into_owned(),
            count => tr_with(lang, "sync.people.waiting", &[("count", &count.to_string())]),
        };
        let help = (person.grant == GrantStanding::Suspended)
            .then(|| view! { <p>{tr(lang, "sync.people.suspended")}</p> });
        let tone = if person.waiting > 0 { "warn" } else { "none" };
        view! {
            <li class="letter" data-person-grant=grant data-tone=tone>
                <div class="letter-body">
                    <p class="letter-title">
                        <bdi>{person.name.clone()}</bdi>
                        <span class="letter-state">{tr(lang, &format!("sync.grant.{grant}"))}</span>
                    </p>
                    {help}
                    <p class="letter-facts"><span>{waiting}</span></p>
                </div>
            </li>
        }
    };
    let rows: Vec<_> = page.people.iter().map(row).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="sync-people">
                <header class="panel-head">
                    <h2 id="sync-people">{tr(lang, "sync.people.heading")}</h2>
                    <p class="panel-lead">{tr(lang, "sync.people.lead")}</p>
                </header>
                <ul class="letters">{rows}</ul>
            </section>
        }
    })
}
