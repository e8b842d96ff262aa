//! The REST API under `/api/v1`: thin doors to the same core as the server functions, for programs.
//!
//! Every route is declared with `routes!`, from which its entry in the `OpenAPI` document is made: neither is without
//! the other. A bearer token says who asks, before anything else is looked at; there are no cookies here. Start reading
//! at [`router`]; `caller` is the way in, `input` what may be sent, `output` what is answered.

mod bookings;
pub(crate) mod budget;
mod caller;
mod changes;
mod input;
mod me;
mod output;
mod problem;
mod rooms;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http::header::CONTENT_TYPE;
use model::{ApiError, ErrorCode};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::router::AppState;
use problem::Refused;

/// Where all of it is.
pub(crate) const ROOT: &str = "/api/v1";

/// Largest request body, in bytes.
const BODY_BYTES: usize = 64 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Roomly",
        version = "1",
        description = "Rooms and bookings of one company: that of the person whose token is sent. Times are RFC 3339, \
                       with an offset when sent, in UTC when answered, with the company's zone beside them. Errors \
                       are `application/problem+json` with a stable `code`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/api/v1")),
    security(("token" = [])),
    components(schemas(problem::Problem)),
    modifiers(&Bearer),
    tags(
        (name = "bookings", description = "Book, change, cancel, look at."),
        (name = "rooms", description = "Rooms, and which of them are free."),
        (name = "changes", description = "What changed since."),
        (name = "about", description = "Who asks, and this document."),
    )
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token from the account page, or from `roomly token`."))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Everything below [`ROOT`].
pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let (shut, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(rooms::list_rooms))
        .routes(routes!(rooms::get_room))
        .routes(routes!(rooms::list_free_rooms))
        .routes(routes!(bookings::list_bookings, bookings::create_booking))
        .routes(routes!(bookings::get_booking, bookings::change_booking, bookings::cancel_booking))
        .routes(routes!(changes::list_changes))
        .routes(routes!(me::get_me))
        .split_for_parts();
    let (open, about) = OpenApiRouter::new().routes(routes!(openapi)).split_for_parts();
    document.merge(about);
    let text: Arc<str> = document.to_json().unwrap_or_default().into();
    let shut = shut
        .fallback(|| async { Refused(ApiError::new(ErrorCode::NotFound)) })
        .method_not_allowed_fallback(|| async { Refused::wrong_method() })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(state.clone(), caller::authenticated));
    open.layer(Extension(Text(text))).merge(shut)
}

/// The document, rendered once.
#[derive(Clone)]
struct Text(Arc<str>);

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "about",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = serde_json::Value))
)]
async fn openapi(Extension(Text(text)): Extension<Text>) -> Response {
    ([(CONTENT_TYPE, "application/json")], text.to_string()).into_response()
}
