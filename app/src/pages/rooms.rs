//! The grid of a day: `/` and `/rooms?date=YYYY-MM-DD`.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::api::grid::load_day;
use crate::components::timeline::Timeline;
use crate::components::ui::{ErrorPage, PageFrame, PageLoading};
use crate::context::use_lang;

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
    let day = Resource::new(move || wanted.get(), load_day);
    view! {
        <Transition fallback=PageLoading>
            {move || Suspend::new(async move {
                match day.await {
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
                    Err(error) => view! { <ErrorPage lang error=error.0/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}
