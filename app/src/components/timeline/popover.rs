//! Quick create: the small form at the place that was chosen. Enter books, Esc lets go.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use model::{Alternative, ApiError, ErrorCode, Instant, TimeRange, ZoneDay};

use super::grid::{Anchor, Grid, Order, Popup};
use super::hands;
use super::layout::{Float, Span, float, px};
use super::people::PeopleField;
use crate::components::ui::{ErrorNotice, Icon};

/// Roughly what the form measures; where it would not fit it is moved, on phones it is a sheet at the bottom.
const SIZE: (f64, f64) = (344.0, 332.0);
/// The same with a refusal and what would work instead.
const SIZE_REFUSED: (f64, f64) = (344.0, 640.0);

/// The form of one order. Made anew for every order, so its fields start from it.
#[component]
pub fn QuickCreate(grid: Grid, order: Order) -> impl IntoView {
    let lang = grid.lang;
    let word = move |key: &str| text::tr(lang, key).into_owned();
    let title = RwSignal::new(order.title.clone());
    let guests = RwSignal::new(order.guests.clone());
    let private = RwSignal::new(order.private);
    let (from, to) = grid.day(|day| (day.hh_mm(order.range.start()), end_words(day, order.range.end())));
    let start = RwSignal::new(from.clone());
    let end = RwSignal::new(to.clone());
    let problem = RwSignal::new(None::<String>);
    let title_field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = title_field.get() {
            // Focus can only fail where the field is gone.
            let _focused = field.focus();
        }
    });
    let room = grid.room(order.room);
    let room_name = room.as_ref().map(|room| room.name.clone()).unwrap_or_default();
    let place = room.as_ref().map(|room| super::words::place(lang, room)).unwrap_or_default();
    let error = order.error.clone();
    let size = if error.is_some() { SIZE_REFUSED } else { SIZE };
    let kept = StoredValue::new(order.clone());

    // As typed; the exact instants of the drag as long as nobody touched the fields (a day of 25 hours has 01:30 twice).
    let typed_range = move || {
        let order = kept.get_value();
        if start.get_untracked() == from && end.get_untracked() == to {
            return Some(order.range);
        }
        grid.day(|day| typed(day, &start.get_untracked(), &end.get_untracked()))
    };
    let typed_range = StoredValue::new(typed_range);
    let save = move || {
        let Some(range) = typed_range.with_value(|range| range()) else {
            problem.set(Some(word("grid.bad_times")));
            return;
        };
        let order = kept.get_value();
        grid.book(Order {
            // Other times are another order.
            intent: if range == order.range { order.intent } else { super::grid::fresh_id() },
            range,
            title: title.get_untracked().trim().to_owned(),
            guests: guests.get_untracked(),
            private: private.get_untracked(),
            error: None,
            ..order
        });
    };
    let close = move || {
        grid.popup.set(None);
        grid.preview.set(None);
        hands::focus_grid();
    };
    let on_key = move |event: KeyboardEvent| {
        if composing(&event) {
            return;
        }
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    // The Enter that ends a Hangul syllable arrives as a submit only in browsers that forget to say so; the field's own
    // keydown stops it there.
    let no_half_syllable = move |event: KeyboardEvent| {
        if event.key() == "Enter" && composing(&event) {
            event.prevent_default();
        }
    };
    let alternatives = error.as_ref().map(alternatives_of).unwrap_or_default();
    let alternatives = (!alternatives.is_empty()).then(|| {
        let buttons = alternatives
            .into_iter()
            .map(|other| {
                let label = grid.day(|day| text::alternative(lang, &other, day));
                let take = move |_| {
                    let order = kept.get_value();
                    grid.book(Order {
                        intent: super::grid::fresh_id(),
                        room: other.room,
                        range: other.range,
                        title: title.get_untracked().trim().to_owned(),
                        guests: guests.get_untracked(),
                        private: private.get_untracked(),
                        error: None,
                        ..order
                    });
                };
                view! { <button type="button" class="popover-other" on:click=take>{label}</button> }
                    .into_any()
            })
            .collect::<Vec<_>>();
        view! {
            <p class="popover-instead">{word("grid.instead")}</p>
            <div class="popover-others">{buttons}</div>
        }
        .into_any()
    });
    view! {
        <Veil close/>
        <div
            class="popover"
            role="dialog"
            aria-label=word("grid.new")
            style=float_style(order.anchor, size)
            on:keydown=on_key
        >
        <form
            class="popover-form"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <div class="popover-head">
                <p class="popover-room">
                    <strong>{room_name}</strong>
                    <span class="popover-place">{place}</span>
                </p>
                <button type="button" class="popover-close" aria-label=word("grid.close") on:click=move |_| close()>
                    <Icon name="x"/>
                </button>
            </div>
            {error.map(|error| view! { <ErrorNotice lang error day=grid.day(Clone::clone)>{alternatives}</ErrorNotice> })}
            <label class="popover-field popover-title">
                <span class="visually-hidden">{word("grid.what")}</span>
                <input
                    node_ref=title_field
                    type="text"
                    name="title"
                    autocomplete="off"
                    enterkeyhint="done"
                    maxlength=model::limits::TITLE_CHARS.to_string()
                    placeholder=word("grid.what_hint")
                    prop:value=move || title.get()
                    on:input=move |event| title.set(event_target_value(&event))
                    on:keydown=no_half_syllable
                />
            </label>
            <fieldset class="popover-times">
                <legend class="visually-hidden">{word("grid.when")}</legend>
                <Icon name="clock"/>
                <span class="popover-date">{text::date::day(lang, grid.date())}</span>
                <span class="popover-clock">
                <input
                    type="time"
                    name="start"
                    required
                    aria-label=word("grid.start")
                    prop:value=move || start.get()
                    on:input=move |event| start.set(event_target_value(&event))
                />
                <span aria-hidden="true">"–"</span>
                <input
                    type="time"
                    name="end"
                    required
                    aria-label=word("grid.end")
                    prop:value=move || end.get()
                    on:input=move |event| end.set(event_target_value(&event))
                />
                </span>
            </fieldset>
            <PeopleField lang guests/>
            <label class="popover-check">
                <input
                    type="checkbox"
                    name="private"
                    prop:checked=move || private.get()
                    on:change=move |event| private.set(event_target_checked(&event))
                />
                <Icon name="lock"/>
                <span>{word("grid.private")}</span>
            </label>
            {move || problem.get().map(|words| view! { <p class="popover-problem" role="alert">{words}</p> }.into_any())}
            <div class="popover-end">
                <button type="submit" class="button" data-kind="primary">{word("grid.save")}</button>
            </div>
        </form>
        </div>
    }
}

/// What lies under the box: a click beside it lets go. The click that a finger's last drag still sends does not count.
#[component]
pub fn Veil<F: Fn() + Copy + Send + Sync + 'static>(close: F) -> impl IntoView {
    const GHOST_MICROS: i64 = 350_000;
    let opened = crate::live::now();
    let click = move |_| {
        let age = crate::live::now().zip(opened).map(|(now, opened)| now.since(opened));
        if age.is_none_or(|age| age > GHOST_MICROS) {
            close();
        }
    };
    view! { <div class="popover-veil" on:click=click></div> }
}

/// Whether this key belongs to an input method that is putting a syllable together.
pub fn composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// Numbers only, in pixels of the window; a lifted box ends at its edge instead of beginning there.
pub fn float_style(anchor: Anchor, size: (f64, f64)) -> String {
    let Float { left, edge, above, most } = float(anchor, size, hands::window_size());
    let lift = if above { "-100%" } else { "0" };
    let [left, edge, width, most] = [left, edge, size.0, most].map(px);
    format!("--left:{left};--top:{edge};--width:{width};--most:{most};--lift:{lift}")
}

fn alternatives_of(error: &ApiError) -> Vec<Alternative> {
    match error.refusal.as_deref() {
        Some(model::Refusal::RoomTaken { alternatives, .. }) if error.code == ErrorCode::RoomTaken => {
            alternatives.clone()
        }
        _ => vec![],
    }
}

/// The end as a field of hours and minutes shows it: midnight is 00:00 there.
fn end_words(day: &ZoneDay, end: Instant) -> String {
    day.hh_mm(end)
}

/// The range that two fields of hours and minutes mean; 00:00 as an end is midnight.
fn typed(day: &ZoneDay, start: &str, end: &str) -> Option<TimeRange> {
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        Some(hours.parse::<i64>().ok()? * 60 + minutes.get(..2)?.parse::<i64>().ok()?)
    };
    let (start, end) = (minutes(start)?, minutes(end)?);
    let end = if end == 0 { 1_440 } else { end };
    TimeRange::new(day.at_minutes(start)?, day.at_minutes(end)?)
}

/// Opens the form for `span`, unless there is something in the way: then says what.
pub fn open(grid: Grid, room: model::RoomNumber, span: Span, anchor: Anchor) {
    if let Some(reason) = grid.refuses_saving().or_else(|| grid.problem(room, span, None)) {
        grid.refuse(reason);
        return;
    }
    if let Some(order) = grid.order(room, span, anchor) {
        grid.popup.set(Some(Popup::Create(Box::new(order))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_times_end_after_they_start_and_midnight_is_the_end() {
        let start = Instant::parse_rfc3339("2026-11-21T00:00:00+09:00").unwrap();
        let day = ZoneDay {
            date: chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3600,
            transitions: vec![],
        };
        let length = |from, to| typed(&day, from, to).map(TimeRange::length_minutes);
        assert_eq!(length("14:00", "15:30"), Some(90));
        assert_eq!(length("23:00", "00:00"), Some(60));
        assert_eq!(length("14:00", "14:00"), None);
        assert_eq!(length("14:00", ""), None);
        assert_eq!(length("14:00", "15:00:00"), Some(60));
    }
}
