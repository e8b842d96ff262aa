//! Changing and cancelling a booking, on its page.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::limits;
use model::page::BookingDetails;
use text::{Lang, tr};

use super::{Field, refusal};
use crate::api::bookings::{CancelBooking, ChangeBooking};
use crate::components::ui::{ErrorNotice, Icon};

/// Title, date, start and end; what is left as it is stays.
#[component]
pub fn ChangeForm(lang: Lang, details: BookingDetails) -> impl IntoView {
    let BookingDetails { block, day, .. } = details;
    let (start, end) = (day.hh_mm(block.range.start()), day.hh_mm(block.range.end()));
    let start_date = day.date_at(block.range.start()).to_string();
    let refused = refusal::<ChangeBooking>().map(|error| view! { <ErrorNotice lang error day=day.clone()/> });
    view! {
        <form action=ChangeBooking::url() method="post" class="form">
            {refused}
            <input type="hidden" name="number" value=block.key.booking.to_string()/>
            <input type="hidden" name="room" value=block.key.room.to_string()/>
            <Field label=tr(lang, "fields.title")>
                <input
                    type="text"
                    name="title"
                    value=block.title
                    maxlength=limits::TITLE_CHARS.to_string()
                    autocomplete="off"
                />
            </Field>
            <div class="field-row">
                <Field label=tr(lang, "fields.date")>
                    <input type="date" name="date" value=start_date required/>
                </Field>
                <Field label=tr(lang, "fields.start")>
                    <input type="time" name="start" value=start step="300" required/>
                </Field>
                <Field label=tr(lang, "fields.end")>
                    <input type="time" name="end" value=end step="300" required/>
                </Field>
            </div>
            <div class="form-end">
                <button class="button" data-kind="primary" type="submit">
                    <Icon name="check"/>
                    <span>{tr(lang, "details.save")}</span>
                </button>
            </div>
        </form>
    }
}

/// Asks once before it cancels.
#[component]
pub fn CancelForm(lang: Lang, details: BookingDetails) -> impl IntoView {
    let refused = refusal::<CancelBooking>().map(|error| view! { <ErrorNotice lang error/> });
    view! {
        {refused}
        <details class="confirm">
            <summary class="button" data-kind="danger-quiet">
                <Icon name="trash"/>
                <span>{tr(lang, "details.cancel")}</span>
            </summary>
            <form action=CancelBooking::url() method="post" class="confirm-card">
                <p>{tr(lang, "details.cancel_ask")}</p>
                <input type="hidden" name="number" value=details.block.key.booking.to_string()/>
                <button class="button" data-kind="danger" type="submit">{tr(lang, "details.cancel_yes")}</button>
            </form>
        </details>
    }
}
