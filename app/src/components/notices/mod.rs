//! The list of notices: what happened, who has the room instead, and the ways on.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::notice::{Notice, NoticeDate, NoticeHolder, NoticeReason, Standing};
use model::page::{DatedNotice, NoticesPage};
use model::{Instant, ZoneDay};
use text::{Lang, date, tr, tr_with};

use crate::api::notices::SeeNotices;
use crate::components::forms::refusal;
use crate::components::ui::{ErrorNotice, Icon};

#[component]
pub fn Notices(lang: Lang, page: NoticesPage) -> impl IntoView {
    let refused = refusal::<SeeNotices>().map(|error| view! { <ErrorNotice lang error/> });
    let see_all = page.unseen_until.map(|until| see_all(lang, until));
    let rows: Vec<_> = page.notices.iter().map(|dated| row(lang, dated, &page.day)).collect();
    let list = if rows.is_empty() {
        view! { <p class="notices-empty panel">{tr(lang, "notices.empty")}</p> }.into_any()
    } else {
        view! { <ol class="notices panel">{rows}</ol> }.into_any()
    };
    view! {
        {refused}
        {see_all}
        {list}
        {page.more.then(|| view! { <p class="notices-more">{tr(lang, "notices.more")}</p> })}
    }
}

/// Marks what this page shows, and nothing that is told while it is read.
fn see_all(lang: Lang, until: Instant) -> impl IntoView {
    view! {
        <form action=SeeNotices::url() method="post" class="notices-see">
            <input type="hidden" name="until" value=until.as_micros().to_string()/>
            <button class="button" type="submit">
                <Icon name="check"/>
                <span>{tr(lang, "notices.see_all")}</span>
            </button>
        </form>
    }
}

fn row(lang: Lang, dated: &DatedNotice, today: &ZoneDay) -> impl IntoView + use<> {
    let DatedNotice { notice, days } = dated;
    let icon = match notice.reason {
        NoticeReason::Overlaps => "alert",
        _ => "x",
    };
    let said = text::notice::sentence(lang, notice, days, today);
    let holder = notice.holder.as_ref().map(|known| holder(lang, notice, known));
    let seen = notice.seen;
    let dates = match &notice.dates[..] {
        [only] => days.first().map(|day| ways_on(lang, notice, *only, day).into_any()),
        many => Some(all_dates(lang, notice, many, days, today).into_any()),
    };
    view! {
        <li class="notices-item" data-reason=notice.reason.as_str() data-seen=seen.to_string()>
            <span class="notices-mark"><Icon name=icon/></span>
            <div class="notices-body">
                <p class="notices-said">
                    {(!seen).then(|| view! { <span class="visually-hidden">{tr(lang, "notices.unseen")} ": "</span> })}
                    <bdi>{said}</bdi>
                </p>
                {holder}
                {dates}
            </div>
            <span class="notices-at">{date::moment(lang, today, notice.at)}</span>
        </li>
    }
}

fn holder(lang: Lang, notice: &Notice, holder: &NoticeHolder) -> impl IntoView + use<> {
    let name = text::notice::holder(lang, holder);
    let named = match holder.number {
        // The room too: a series stands in several.
        Some(number) => {
            let href = format!("/bookings/{number}?room={}", notice.room);
            view! { <a href=href><bdi>{name}</bdi></a> }.into_any()
        }
        None => view! { <bdi>{name}</bdi> }.into_any(),
    };
    view! {
        <p class="notices-holder">
            <span>{tr(lang, "notices.first")} ": "</span>
            {named}
        </p>
    }
}

/// Where one date can be looked at, and what became of it.
fn ways_on(lang: Lang, notice: &Notice, date: NoticeDate, day: &ZoneDay) -> impl IntoView + use<> {
    let grid = format!("/rooms?date={}", day.date_at(date.range.start()));
    let booking = booking(notice, date).map(|href| {
        view! { <a href=href>{tr(lang, "notices.show_booking")}</a> }
    });
    view! {
        <p class="notices-ways">
            <a href=grid>{tr(lang, "notices.show_day")}</a>
            {booking}
            {standing(lang, date.standing)}
        </p>
    }
}

fn all_dates(
    lang: Lang,
    notice: &Notice,
    dates: &[NoticeDate],
    days: &[ZoneDay],
    today: &ZoneDay,
) -> impl IntoView + use<> {
    let rows: Vec<_> = dates
        .iter()
        .zip(days)
        .map(|(date, day)| {
            let when = text::notice::when(lang, notice.all_day, date.range, day, today);
            view! {
                <li>
                    <span class="notices-when">{when}</span>
                    {ways_on(lang, notice, *date, day)}
                </li>
            }
        })
        .collect();
    let count = tr_with(lang, "notices.dates", &[("n", &dates.len().to_string())]);
    view! {
        <details class="notices-dates">
            <summary>
                <span>{count}</span>
                <Icon name="chevron-down"/>
            </summary>
            <ul>{rows}</ul>
        </details>
    }
}

/// The page of this date; none where it is no longer there.
fn booking(notice: &Notice, date: NoticeDate) -> Option<String> {
    let slot = date.slot.map(|slot| format!("&slot={}", slot.as_micros())).unwrap_or_default();
    let there = date.standing != Standing::Gone;
    there.then(|| format!("/bookings/{}?room={}{slot}", notice.booking, notice.room))
}

fn standing(lang: Lang, standing: Standing) -> Option<impl IntoView + use<>> {
    let tone = match standing {
        Standing::Settled => "confirmed",
        _ => "cancelled",
    };
    text::notice::standing(lang, standing)
        .map(|words| view! { <span class="pill" data-state=tone>{words}</span> })
}
