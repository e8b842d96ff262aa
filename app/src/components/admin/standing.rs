//! Three facts at the top: the grant, the writes that wait, the notifications. Each with a word and what to do.

use leptos::prelude::*;
use model::page::AdminPage;
use text::{Lang, date, tr, tr_known, tr_with};

use crate::components::ui::Icon;

/// Three tiles. `data-tone` is `good`, `warn` or `bad`; the word says the same.
#[component]
pub fn Standing(lang: Lang, page: AdminPage) -> impl IntoView {
    let grant = page.grant.clone();
    let grant_word = tr_known(lang, &format!("admin.grant.{grant}"))
        .map_or_else(|| grant.clone(), |word| word.into_owned());
    let grant_help = tr_known(lang, &format!("admin.grant.{grant}_help")).unwrap_or_default();
    let grant_tone = match grant.as_str() {
        "active" => "good",
        "expiring" => "warn",
        _ => "bad",
    };
    let connect = (grant_tone != "good").then(|| {
        view! {
            <a class="button" data-kind="primary" href="/auth/google?consent=company">
                {tr(lang, "admin.grant.connect")}
            </a>
        }
    });
    let waiting = tr_with(lang, "admin.outbox.count", &[("count", &page.outbox_waiting.to_string())]);
    let waiting_help = match page.outbox_oldest {
        Some(oldest) => {
            tr_with(lang, "admin.outbox.oldest", &[("time", &date::moment(lang, &page.day, oldest))])
        }
        None => tr(lang, "admin.outbox.none").into_owned(),
    };
    let old = page.outbox_oldest.is_some_and(|oldest| page.now.since(oldest) > 10 * 60 * 1_000_000);
    let (push, push_help) = match page.push_possible {
        true => ("admin.push.on", "admin.push.on_help"),
        false => ("admin.push.off", "admin.push.off_help"),
    };
    view! {
        <ul class="tiles">
            <li class="tile" data-tone=grant_tone data-grant=grant>
                <span class="tile-label"><Icon name="lock"/><span>{tr(lang, "admin.grant.label")}</span></span>
                <strong class="tile-value">{grant_word}</strong>
                <span class="tile-help">{grant_help}</span>
                {connect}
            </li>
            <li class="tile" data-tone=if old { "warn" } else { "good" } data-outbox=page.outbox_waiting.to_string()>
                <span class="tile-label"><Icon name="arrow-right"/><span>{tr(lang, "admin.outbox.label")}</span></span>
                <strong class="tile-value">{waiting}</strong>
                <span class="tile-help">{waiting_help}</span>
            </li>
            <li class="tile" data-tone=if page.push_possible { "good" } else { "warn" }>
                <span class="tile-label"><Icon name="refresh"/><span>{tr(lang, "admin.push.label")}</span></span>
                <strong class="tile-value">{tr(lang, push)}</strong>
                <span class="tile-help">{tr(lang, push_help)}</span>
            </li>
        </ul>
    }
}
