//! Language and theme: kept in cookies, chosen by plain links, so that they work without JavaScript.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use model::ErrorCode;
use serde::Deserialize;
use text::Lang;

use crate::problem::Problem;
use crate::router::AppState;
use crate::routes::auth::local_path;

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    next: String,
}

pub(crate) async fn language(
    State(app): State<AppState>,
    Path(lang): Path<String>,
    Query(back): Query<Back>,
) -> Response {
    match Lang::parse(&lang) {
        Some(lang) => choose(&app, "lang", lang.as_str(), &back.next),
        None => Problem::from(ErrorCode::NotFound).into_response(),
    }
}

/// `light`, `dark`, or `system` for what the device prefers.
pub(crate) async fn theme(
    State(app): State<AppState>,
    Path(theme): Path<String>,
    Query(back): Query<Back>,
) -> Response {
    match theme.as_str() {
        theme @ ("light" | "dark" | "system") => choose(&app, "theme", theme, &back.next),
        _ => Problem::from(ErrorCode::NotFound).into_response(),
    }
}

fn choose(app: &AppState, name: &str, value: &str, next: &str) -> Response {
    let secure = if app.engine.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age=31536000{secure}");
    let next = local_path(next).unwrap_or("/");
    ([(SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}
