//! The grid of a day: `/` and `/rooms?date=YYYY-MM-DD`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::page_of;
use crate::api::grid::load_day;
use crate::components::timeline::Timeline;
use crate::components::ui::PageFrame;
use crate::context::use_lang;
use crate::living::{Living, Part};

/// One read, one page: all of it comes from one consistent snapshot.
#[component]
pub fn RoomsPage() -> impl IntoView {
    let lang = use_lang();
    let query = use_query_map();
    let day = async move { load_day(query.with_untracked(|query| query.get("date"))).await };
    page_of(day, move |page| {
        let title = format!("{} · Roomly", text::date::day(lang, page.grid.day.date));
        let viewer = Some(page.viewer.clone());
        let part = Part::Grid(page.clone());
        view! {
            <Title text=title/>
            <PageFrame viewer current="rooms" living=true>
                <Timeline page/>
            </PageFrame>
            <Living part/>
        }
        .into_any()
    })
}
