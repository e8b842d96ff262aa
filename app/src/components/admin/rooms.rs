//! The table of rooms and how each follows Google, and the button that reads the Directory anew.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::page::{AdminPage, DirectoryReport, SyncRow};
use model::{Instant, ZoneDay};
use text::{Lang, date, tr, tr_known, tr_with};

use crate::api::admin::SyncDirectory;
use crate::components::forms::refusal;
use crate::components::ui::{ErrorNotice, Icon, Notice};

/// One row a room.
#[component]
pub fn SyncTable(lang: Lang, page: AdminPage) -> impl IntoView {
    let count = tr_with(lang, "admin.rooms.count", &[("count", &page.rooms.len().to_string())]);
    let read = page.directory.map(|report| {
        view! { <Notice kind="good"><p>{report_words(lang, report)}</p></Notice> }
    });
    let refused = refusal::<SyncDirectory>().map(|error| view! { <ErrorNotice lang error/> });
    let rows: Vec<_> = page.rooms.iter().map(|row| sync_row(lang, &page.day, row)).collect();
    let empty = page.rooms.is_empty();
    view! {
        <section class="panel" aria-labelledby="admin-rooms">
            <header class="panel-head">
                <h2 id="admin-rooms">{tr(lang, "admin.rooms.heading")}</h2>
                <span class="panel-count">{count}</span>
                <form action=SyncDirectory::url() method="post">
                    <button class="button" type="submit">
                        <Icon name="refresh"/>
                        <span>{tr(lang, "admin.directory.sync")}</span>
                    </button>
                </form>
            </header>
            {read}
            {refused}
            <div class="table-scroll" tabindex="0" role="group" aria-labelledby="admin-rooms">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{tr(lang, "admin.rooms.name")}</th>
                            <th scope="col">{tr(lang, "admin.rooms.health")}</th>
                            <th scope="col">{tr(lang, "admin.rooms.last_pull")}</th>
                            <th scope="col">{tr(lang, "admin.rooms.last_notification")}</th>
                            <th scope="col">{tr(lang, "admin.rooms.channel_expires")}</th>
                            <th scope="col">{tr(lang, "admin.rooms.last_error")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {empty.then(|| view! { <p class="panel-empty">{tr(lang, "admin.rooms.empty")}</p> })}
        </section>
    }
}

fn sync_row(lang: Lang, day: &ZoneDay, row: &SyncRow) -> impl IntoView + use<> {
    let at = |at: Option<Instant>| match at {
        Some(at) => date::moment(lang, day, at),
        None => tr(lang, "common.never").into_owned(),
    };
    let (health, name) = (row.health.as_str(), row.name.clone());
    let error = row.last_error.as_ref().map_or_else(
        || "–".into(),
        |word| tr_known(lang, &format!("sync.trouble.{word}")).unwrap_or_else(|| word.clone().into()),
    );
    view! {
        <tr data-room=row.number.to_string() data-health=health>
            <th scope="row"><bdi>{name}</bdi></th>
            <td><span class="pill" data-health=health>{tr(lang, &format!("admin.health.{health}"))}</span></td>
            <td class="table-time">{at(row.last_pull)}</td>
            <td class="table-time">{at(row.last_notification)}</td>
            <td class="table-time">{at(row.channel_expires)}</td>
            <td class="table-error"><bdi>{error}</bdi></td>
        </tr>
    }
}

fn report_words(lang: Lang, report: DirectoryReport) -> String {
    let counts =
        [report.rooms, report.rooms_added, report.rooms_retired, report.people].map(|n| n.to_string());
    let [rooms, added, retired, people] = counts.each_ref().map(String::as_str);
    let args = [("rooms", rooms), ("added", added), ("retired", retired), ("people", people)];
    tr_with(lang, "admin.directory.done", &args)
}
