//! Above the grid: the day, the way to other days, and how fresh all this is.

use chrono::Days;
use leptos::prelude::*;
use leptos::web_sys::{Event, HtmlInputElement};

use super::grid::{Grid, Side};
use super::hands;
use super::zoom::ZoomButtons;
use crate::components::ui::Icon;
use crate::live::LiveStatus;

/// Plain links and a GET form: moving between days needs no JavaScript.
#[component]
pub fn DayBar(grid: Grid) -> impl IntoView {
    let lang = grid.lang;
    let word = move |key: &str| text::tr(lang, key).into_owned();
    let date = grid.date();
    let link = |date: Option<chrono::NaiveDate>| {
        date.map_or_else(|| "/rooms".to_owned(), |date| format!("/rooms?date={date}"))
    };
    let before = link(date.checked_sub_days(Days::new(1)));
    let after = link(date.checked_add_days(Days::new(1)));
    let today = link(Some(grid.today));
    view! {
            <div class="timeline-bar">
                <h1 class="timeline-title">
                    <span class="timeline-date">{text::date::day(lang, date)}</span>
                    <span class="visually-hidden">{word("grid.title")}</span>
                </h1>
                <nav class="timeline-nav" aria-label=word("grid.day_nav")>
                    <a class="timeline-step" data-step="prev" href=before aria-label=word("grid.prev_day") title=word("grid.prev_day")>
                        <Icon name="chevron-left"/>
                    </a>
                    <a class="timeline-today" href=today aria-current=grid.is_today().then_some("date")>{word("grid.today")}</a>
                    <a class="timeline-step" data-step="next" href=after aria-label=word("grid.next_day") title=word("grid.next_day")>
                        <Icon name="chevron-right"/>
                    </a>
    <DayPicker grid/>
                </nav>
                <ZoomButtons grid/>
                <NowButton grid/>
                <Freshness grid/>
            </div>
        }
}

/// A date field in a GET form. With JavaScript picking is enough; typing waits for Enter or for leaving the field, since
/// every digit is a change already.
#[component]
fn DayPicker(grid: Grid) -> impl IntoView {
    let lang = grid.lang;
    let date = grid.date();
    let typing = StoredValue::new(false);
    let go = move |event: &Event| {
        let field = event_target::<HtmlInputElement>(event);
        let wanted = model::civil::parse(&field.value());
        if let (Some(form), true) = (field.form(), wanted.is_some_and(|wanted| wanted != date)) {
            // Sending a form that is on the page cannot fail.
            let _sent = form.submit();
        }
    };
    view! {
        <form class="timeline-pick" method="get" action="/rooms">
            <input
                type="date"
                name="date"
                value=date.to_string()
                aria-label=text::tr(lang, "grid.pick_day").into_owned()
                on:keydown=move |_| typing.set_value(true)
                on:pointerdown=move |_| typing.set_value(false)
                on:change=move |event| {
                    if !typing.get_value() {
                        go(&event);
                    }
                }
                on:blur=move |event| go(&event)
            />
            <button type="submit" class="timeline-go">{text::tr(lang, "grid.go").into_owned()}</button>
        </form>
    }
}

/// The way back to the line of now while it is out of sight; before hydration it never is.
#[component]
fn NowButton(grid: Grid) -> impl IntoView {
    let button = move || {
        grid.now_away.get().map(|side| {
            let icon = match side {
                Side::Before => "chevron-left",
                Side::After => "chevron-right",
            };
            view! {
                <button type="button" class="timeline-now-go" data-side=icon on:click=move |_| hands::to_now(grid)>
                    <Icon name=icon/>
                    <span>{text::tr(grid.lang, "grid.now_go").into_owned()}</span>
                </button>
            }.into_any()
        })
    };
    view! { {move || button()} }
}

/// "Live", or since when it is not. Nothing is claimed before the first connection.
#[component]
fn Freshness(grid: Grid) -> impl IntoView {
    let lang = grid.lang;
    let status = grid.follow.status();
    let key = move || match status.get() {
        LiveStatus::Starting => "starting",
        LiveStatus::Live => "live",
        LiveStatus::Slow => "slow",
        LiveStatus::Reconnecting { .. } => "reconnecting",
        LiveStatus::Stale { .. } => "stale",
    };
    let words = move || match status.get() {
        LiveStatus::Starting => String::new(),
        LiveStatus::Live => text::tr(lang, "grid.live").into_owned(),
        LiveStatus::Slow => text::tr(lang, "grid.slow").into_owned(),
        LiveStatus::Reconnecting { since } => {
            let time = grid.day(|day| text::date::moment(lang, day, since));
            text::tr_with(lang, "grid.reconnecting", &[("time", &time)])
        }
        LiveStatus::Stale { since } => {
            let time = grid.day(|day| text::date::moment(lang, day, since));
            text::tr_with(lang, "grid.stale", &[("time", &time)])
        }
    };
    view! {
        <p class="timeline-live" role="status" data-live=key>
            <span class="timeline-live-dot" aria-hidden="true"></span>
            <span class="timeline-live-words">{move || words()}</span>
        </p>
    }
}
