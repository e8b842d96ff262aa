//! The grid of a day: `/` and `/rooms?date=YYYY-MM-DD`.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::api::grid::load_day;
use crate::components::timeline::Timeline;
use crate::components::ui::{PageFrame, error_page, page_loading};
use crate::context::use_lang;
use crate::pages::data::page_data;

/// One resource, one boundary: the whole page comes from one consistent snapshot.
#[component]
pub fn RoomsPage() -> impl IntoView {
    let lang = use_lang();
    let query = use_query_map();
    let today = StoredValue::new(None::<NaiveDate>);
    // The server answers a booking with a redirect to its day, which the router follows. From `/rooms` that names the
    // day that is shown already: it must not be loaded again under the person's hands.
    let wanted = Memo::new(move |before: Option<&Option<String>>| {
        let date = query.with(|query| query.get("date"));
        let shown = today.with_value(|today| today.map(|today| today.to_string()));
        let same = matches!(before, Some(None)) && date.is_some() && date == shown;
        if same { None } else { date }
    });
    let day = page_data(move || [wanted.get(), None, None], |[date, ..]| load_day(date));
    day.view(page_loading, move |page| match page {
        Ok(page) => {
            today.set_value(Some(page.grid.today));
            let title = format!("{} · Roomly", text::date::day(lang, page.grid.day.date));
            let viewer = Some(page.viewer.clone());
            view! {
                <Title text=title/>
                <PageFrame viewer current="rooms">
                    <Timeline page/>
                </PageFrame>
            }
            .into_any()
        }
        Err(error) => error_page(lang, error),
    })
}
