//! Four facts at the top: the grant, what waits, how fast Google's changes arrive, the notifications.

use leptos::prelude::*;
use model::health::{Reach, SyncPage};
use model::trouble::{Delegation, GrantStanding};
use text::{Lang, date, tr, tr_with};

use crate::components::ui::Icon;

/// What waits longer than this is worth a look, in microseconds.
const LONG: i64 = 10 * 60 * 1_000_000;
/// A median above this is no "at once" any more, in milliseconds.
const SLOW_MS: i64 = 10_000;

/// `data-tone` is `good`, `warn` or `bad`; the word says the same.
#[component]
pub fn Tiles(lang: Lang, page: SyncPage) -> impl IntoView {
    let grant = page.grant.as_str();
    let tone = match page.grant {
        GrantStanding::Good => "good",
        GrantStanding::Renewing => "warn",
        _ => "bad",
    };
    let connect = (!page.grant.is_usable()).then(|| {
        view! {
            <a class="button" data-kind="primary" href="/auth/google?consent=company&next=/admin/sync">
                {tr(lang, "sync.grant.connect")}
            </a>
        }
    });
    let waiting = tr_with(lang, "sync.queue.count", &[("count", &page.queue.waiting.to_string())]);
    let waiting_help = match page.queue.oldest {
        Some(oldest) => {
            tr_with(lang, "sync.queue.oldest", &[("time", &date::moment(lang, &page.day, oldest))])
        }
        None => tr(lang, "sync.queue.none").into_owned(),
    };
    let old = page.queue.oldest.is_some_and(|oldest| page.now.since(oldest) > LONG);
    let held = old || page.stuck.iter().any(|stuck| !stuck.dead);
    let (push, push_help) = match page.push_possible {
        true => ("sync.push.on", "sync.push.on_help"),
        false => ("sync.push.off", "sync.push.off_help"),
    };
    view! {
        <ul class="tiles">
            <li class="tile" data-tone=tone data-grant=grant>
                <span class="tile-label"><Icon name="lock"/><span>{tr(lang, "sync.grant.label")}</span></span>
                <strong class="tile-value">{tr(lang, &format!("sync.grant.{grant}"))}</strong>
                <span class="tile-help">{tr(lang, &format!("sync.grant.{grant}_help"))}</span>
                {connect}
            </li>
            {page.delegation.map(|delegation| delegation_tile(lang, delegation))}
            <li class="tile" data-tone=if held { "warn" } else { "good" } data-outbox=page.queue.waiting.to_string()>
                <span class="tile-label"><Icon name="arrow-right"/><span>{tr(lang, "sync.queue.label")}</span></span>
                <strong class="tile-value">{waiting}</strong>
                <span class="tile-help">{waiting_help}</span>
            </li>
            {reach_tile(lang, page.reach)}
            <li class="tile" data-tone=if page.push_possible { "good" } else { "warn" }>
                <span class="tile-label"><Icon name="refresh"/><span>{tr(lang, "sync.push.label")}</span></span>
                <strong class="tile-value">{tr(lang, push)}</strong>
                <span class="tile-help">{tr(lang, push_help)}</span>
            </li>
        </ul>
    }
}

fn delegation_tile(lang: Lang, delegation: Delegation) -> impl IntoView + use<> {
    let (tone, word) = match delegation {
        Delegation::Granted => ("good", delegation.as_str()),
        Delegation::Unknown => ("warn", delegation.as_str()),
        Delegation::NotDelegated | Delegation::BadKey | Delegation::Clock => ("bad", delegation.as_str()),
    };
    view! {
        <li class="tile" data-tone=tone data-delegation=word>
            <span class="tile-label"><Icon name="user"/><span>{tr(lang, "sync.delegation.label")}</span></span>
            <strong class="tile-value">{tr(lang, &format!("sync.delegation.{word}"))}</strong>
            <span class="tile-help">{tr(lang, &format!("sync.delegation.{word}_help"))}</span>
        </li>
    }
}

fn reach_tile(lang: Lang, reach: Option<Reach>) -> impl IntoView + use<> {
    let (tone, value, help) = match reach {
        Some(reach) => {
            let (slow, count) = (took(lang, reach.p95_ms), reach.count.to_string());
            let help = tr_with(lang, "sync.reach.help", &[("slow", &slow), ("count", &count)]);
            let tone = if reach.p50_ms > SLOW_MS { "warn" } else { "good" };
            (tone, took(lang, reach.p50_ms), help)
        }
        None => {
            ("none", tr(lang, "sync.reach.none").into_owned(), tr(lang, "sync.reach.none_help").into_owned())
        }
    };
    view! {
        <li class="tile" data-tone=tone data-reach=reach.map(|reach| reach.count.to_string())>
            <span class="tile-label"><Icon name="clock"/><span>{tr(lang, "sync.reach.label")}</span></span>
            <strong class="tile-value">{value}</strong>
            <span class="tile-help">{help}</span>
        </li>
    }
}

/// How long something took, as people say it: 340 ms, 2.4 s, 12 min.
fn took(lang: Lang, millis: i64) -> String {
    match millis {
        ..1_000 => tr_with(lang, "sync.reach.millis", &[("n", &millis.to_string())]),
        1_000..120_000 => {
            let tenths = millis / 100;
            let n = format!("{}.{}", tenths / 10, tenths % 10);
            tr_with(lang, "sync.reach.seconds", &[("n", &n)])
        }
        _ => tr_with(lang, "sync.reach.minutes", &[("n", &(millis / 60_000).to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        for (millis, ko, en) in [
            (0, "0밀리초", "0 ms"),
            (999, "999밀리초", "999 ms"),
            (1_000, "1.0초", "1.0 s"),
            (2_480, "2.4초", "2.4 s"),
            (119_999, "119.9초", "119.9 s"),
            (754_000, "12분", "12 min"),
        ] {
            assert_eq!((took(Lang::Ko, millis).as_str(), took(Lang::En, millis).as_str()), (ko, en));
        }
    }
}
