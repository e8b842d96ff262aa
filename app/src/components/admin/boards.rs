//! Lobby boards: the list, the form for a new one, and its address, which is shown once.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::ZoneDay;
use model::page::{AdminPage, DisplayCreated, DisplayRow};
use text::{Lang, date, tr, tr_with};

use crate::api::displays::{CreateDisplay, RevokeDisplay};
use crate::components::forms::{Check, Field, refusal};
use crate::components::ui::{ErrorNotice, Icon};

#[component]
pub fn Boards(lang: Lang, page: AdminPage) -> impl IntoView {
    let created = page.fresh_display.as_ref().map(|created| fresh(lang, created));
    let refused = refusal::<CreateDisplay>().or_else(refusal::<RevokeDisplay>);
    let refused = refused.map(|error| view! { <ErrorNotice lang error/> });
    let rows: Vec<_> = page.displays.iter().map(|row| board_row(lang, &page.day, row)).collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="table-scroll" tabindex="0" role="group" aria-labelledby="admin-boards">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{tr(lang, "admin.boards.name")}</th>
                            <th scope="col">{tr(lang, "admin.boards.shows")}</th>
                            <th scope="col">{tr(lang, "admin.boards.titles")}</th>
                            <th scope="col">{tr(lang, "admin.boards.last_seen")}</th>
                            <th scope="col"><span class="visually-hidden">{tr(lang, "admin.boards.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    let empty = page.displays.is_empty();
    view! {
        <section class="panel" aria-labelledby="admin-boards">
            <header class="panel-head">
                <h2 id="admin-boards">{tr(lang, "admin.boards.heading")}</h2>
                <p class="panel-lead">{tr(lang, "admin.boards.lead")}</p>
            </header>
            {created}
            {refused}
            {table}
            {empty.then(|| view! { <p class="panel-empty">{tr(lang, "admin.boards.empty")}</p> })}
            {new_board(lang, &page.floors)}
        </section>
    }
}

fn board_row(lang: Lang, day: &ZoneDay, row: &DisplayRow) -> impl IntoView + use<> {
    let parts: Vec<&str> = [row.building.as_deref(), row.floor.as_deref()].into_iter().flatten().collect();
    let shows = if parts.is_empty() { tr(lang, "admin.boards.all").into_owned() } else { parts.join(" ") };
    let titles = if row.show_titles { "admin.boards.titles_on" } else { "admin.boards.titles_off" };
    let seen = match row.last_seen {
        Some(at) => date::moment(lang, day, at),
        None => tr(lang, "common.never").into_owned(),
    };
    let id = row.id.clone();
    let label = tr_with(lang, "admin.boards.revoke_label", &[("name", &row.name)]);
    view! {
        <tr data-display=row.id.clone()>
            <th scope="row"><bdi>{row.name.clone()}</bdi></th>
            <td><bdi>{shows}</bdi></td>
            <td>{tr(lang, titles)}</td>
            <td class="table-time">{seen}</td>
            <td class="table-actions">
                <form action=RevokeDisplay::url() method="post">
                    <input type="hidden" name="id" value=id/>
                    <button class="button" data-kind="danger-quiet" type="submit" aria-label=label>
                        {tr(lang, "admin.boards.revoke")}
                    </button>
                </form>
            </td>
        </tr>
    }
}

fn new_board(lang: Lang, floors: &[(String, String)]) -> impl IntoView + use<> {
    let mut buildings: Vec<String> = floors.iter().map(|(building, _)| building.clone()).collect();
    buildings.sort_unstable();
    buildings.dedup();
    let mut floor_names: Vec<String> = vec![];
    for (_, floor) in floors {
        if !floor_names.contains(floor) {
            floor_names.push(floor.clone());
        }
    }
    let options = |names: Vec<String>| {
        let named = names.into_iter().filter(|name| !name.is_empty());
        named.map(|name| view! { <option value=name.clone()>{name.clone()}</option> }).collect::<Vec<_>>()
    };
    view! {
        <form action=CreateDisplay::url() method="post" class="board-form">
            <h3>{tr(lang, "admin.boards.new")}</h3>
            <Field label=tr(lang, "admin.boards.building")>
                <select name="building">
                    <option value="">{tr(lang, "admin.boards.any_building")}</option>
                    {options(buildings)}
                </select>
            </Field>
            <Field label=tr(lang, "admin.boards.floor")>
                <select name="floor">
                    <option value="">{tr(lang, "admin.boards.any_floor")}</option>
                    {options(floor_names)}
                </select>
            </Field>
            <Check name="show_titles" label=tr(lang, "admin.boards.show_titles")/>
            <button class="button" data-kind="primary" type="submit">
                <Icon name="plus"/>
                <span>{tr(lang, "admin.boards.create")}</span>
            </button>
        </form>
    }
}

fn fresh(lang: Lang, created: &DisplayCreated) -> impl IntoView + use<> {
    let address = format!("/display/{}", created.token);
    let said = tr_with(lang, "admin.boards.created", &[("name", &created.row.name)]);
    view! {
        <div class="notice" data-kind="good" role="status" data-display-created=created.row.id.clone()>
            <Icon name="check"/>
            <div class="notice-body">
                <p class="notice-title"><bdi>{said}</bdi></p>
                <p>{tr(lang, "admin.boards.once")}</p>
                <p class="board-address">
                    <span class="visually-hidden">{tr(lang, "admin.boards.address")}</span>
                    <code>{address.clone()}</code>
                    <a class="button" href=address.clone() target="_blank" rel="noopener">
                        <Icon name="external"/>
                        <span>{tr(lang, "admin.boards.open")}</span>
                    </a>
                </p>
            </div>
        </div>
    }
}
