//! API tokens: the list, the form for a new one, and the token itself, which is shown once.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::page::{AccountPage, TokenCreated, TokenRow};
use model::{ZoneDay, limits};
use text::{Lang, date, tr, tr_with};

use crate::api::account::{CreateToken, RevokeToken};
use crate::components::forms::{Field, refusal};
use crate::components::ui::{ErrorNotice, Icon};

#[component]
pub fn Tokens(lang: Lang, page: AccountPage) -> impl IntoView {
    let created = page.fresh.as_ref().map(|created| fresh(lang, &page.api_root, created));
    let refused = refusal::<CreateToken>().or_else(refusal::<RevokeToken>);
    let refused = refused.map(|error| view! { <ErrorNotice lang error/> });
    let rows: Vec<_> = page.tokens.iter().map(|row| token_row(lang, &page.day, row)).collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="table-scroll" tabindex="0" role="group" aria-labelledby="account-tokens">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{tr(lang, "account.tokens.name")}</th>
                            <th scope="col">{tr(lang, "account.tokens.created_at")}</th>
                            <th scope="col">{tr(lang, "account.tokens.last_used")}</th>
                            <th scope="col"><span class="visually-hidden">{tr(lang, "account.tokens.actions")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    let empty = page.tokens.is_empty();
    view! {
        <section class="panel" aria-labelledby="account-tokens">
            <header class="panel-head">
                <h2 id="account-tokens">{tr(lang, "account.tokens.heading")}</h2>
                <p class="panel-lead">{tr(lang, "account.tokens.lead")}</p>
            </header>
            {created}
            {refused}
            {table}
            {empty.then(|| view! { <p class="panel-empty">{tr(lang, "account.tokens.empty")}</p> })}
            <form action=CreateToken::url() method="post" class="token-form">
                <h3>{tr(lang, "account.tokens.new")}</h3>
                <Field label=tr(lang, "account.tokens.name") help=tr(lang, "account.tokens.name_help")>
                    <input
                        type="text"
                        name="name"
                        required
                        maxlength=limits::TOKEN_NAME_CHARS.to_string()
                        autocomplete="off"
                    />
                </Field>
                <button class="button" data-kind="primary" type="submit">
                    <Icon name="plus"/>
                    <span>{tr(lang, "account.tokens.create")}</span>
                </button>
            </form>
        </section>
    }
}

fn token_row(lang: Lang, day: &ZoneDay, row: &TokenRow) -> impl IntoView + use<> {
    let used = match row.last_used {
        Some(at) => date::moment(lang, day, at),
        None => tr(lang, "common.never").into_owned(),
    };
    let label = tr_with(lang, "account.tokens.revoke_label", &[("name", &row.name)]);
    let (id, created) = (row.id.clone(), date::moment(lang, day, row.created));
    view! {
        <tr data-token=row.id.clone()>
            <th scope="row"><bdi>{row.name.clone()}</bdi></th>
            <td class="table-time">{created}</td>
            <td class="table-time">{used}</td>
            <td class="table-actions">
                <form action=RevokeToken::url() method="post">
                    <input type="hidden" name="id" value=id/>
                    <button class="button" data-kind="danger-quiet" type="submit" aria-label=label>
                        {tr(lang, "account.tokens.revoke")}
                    </button>
                </form>
            </td>
        </tr>
    }
}

fn fresh(lang: Lang, root: &str, created: &TokenCreated) -> impl IntoView + use<> {
    let said = tr_with(lang, "account.tokens.created", &[("name", &created.row.name)]);
    let example = format!("curl -H 'Authorization: Bearer {}' {root}/me", created.token);
    view! {
        <div class="notice" data-kind="good" role="status" data-token-created=created.row.id.clone()>
            <Icon name="check"/>
            <div class="notice-body">
                <p class="notice-title"><bdi>{said}</bdi></p>
                <p>{tr(lang, "account.tokens.once")}</p>
                <p class="token-secret">
                    <span class="visually-hidden">{tr(lang, "account.tokens.token")}</span>
                    <code>{created.token.clone()}</code>
                </p>
                <p>{tr(lang, "account.tokens.try")}</p>
                <p class="token-secret"><code>{example}</code></p>
            </div>
        </div>
    }
}
