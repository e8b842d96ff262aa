//! The route table.

use std::sync::Arc;
use std::time::Duration;

use app::SiteManifest;
use axum::Router;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{MethodRouter, any, any_service, get, post};
use booking::{Engine, Randomness, Roles};
use leptos::config::LeptosOptions;
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::assets::Site;
use crate::config::Config;
use crate::keeper::Keeper;
use crate::kept::{self, Kept};
use crate::metrics::Metrics;
use crate::routes::api::budget::Budget;
use crate::{guard, observe, pages, parts, problem, routes};

/// What handlers reach for.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) engine: Engine,
    pub(crate) manifest: SiteManifest,
    /// Day pages that were drawn already.
    pub(crate) kept: Kept,
    leptos: LeptosOptions,
    /// Raised when the program is to end: sockets close, `/readyz` says no.
    pub(crate) draining: CancellationToken,
    /// The open sockets: counted, pinged, and waited for when the program ends.
    pub(crate) keeper: Keeper,
    /// What this process does.
    pub(crate) roles: Roles,
    /// How often programs may ask.
    pub(crate) budget: Arc<Budget>,
    pub(crate) metrics: Arc<Metrics>,
    /// What requests' ids are made of.
    pub(crate) randomness: Randomness,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl AppState {
    pub(crate) fn new(engine: Engine, config: &Config, draining: CancellationToken) -> Self {
        let leptos = LeptosOptions::builder().output_name("roomly").build();
        let manifest = config.embedded_site().map_or_else(SiteManifest::default, Site::manifest);
        let metrics = Arc::new(Metrics::new(&engine));
        let budget = Arc::new(Budget::new(engine.bus().cloned(), config.api_rates));
        Self {
            engine,
            manifest,
            kept: Kept::default(),
            leptos,
            draining,
            keeper: Keeper::default(),
            roles: config.roles,
            budget,
            metrics,
            randomness: parts::randomness(),
        }
    }
}

/// The longest that a request may take, sockets apart.
const REQUEST: Duration = Duration::from_secs(30);
/// The longest pause inside a request's body.
const BODY: Duration = Duration::from_secs(15);

/// What a process without the `web` role answers: whether it lives.
pub(crate) fn worker(state: AppState) -> Router {
    Router::new()
        .route("/healthz", get(routes::health::alive))
        .route("/readyz", get(routes::health::ready))
        .layer(map_response(problem::dress))
        .layer(from_fn_with_state(state.clone(), guard::headers))
        .layer(from_fn_with_state(state.clone(), observe::request))
        .with_state(state)
}

pub(crate) fn router(state: AppState, config: &Config) -> Router {
    let documents = generate_route_list(app::App);
    let sockets = Router::new()
        .route("/live", any(routes::live::company))
        .route("/display/{token}/live", any(routes::live::board));
    let requests = Router::new()
        .route("/auth/google", get(routes::auth::begin))
        .route("/auth/google/callback", get(routes::auth::callback))
        .route("/logout", post(routes::auth::logout))
        .route("/lang/{lang}", get(routes::choices::language))
        .route("/theme/{theme}", get(routes::choices::theme))
        .route("/live/changes", get(routes::live_changes::poll))
        .route("/api/calendar/webhook", any(routes::webhook::notice))
        .nest(routes::api::ROOT, routes::api::router(&state))
        .route("/healthz", get(routes::health::alive))
        .route("/readyz", get(routes::health::ready))
        .leptos_routes_with_context(&state, documents, pages::provide(&state), app::shell)
        .fallback_service(site(&state, config))
        .layer(from_fn_with_state(state.clone(), kept::day_page))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(from_fn(guard::bounded))
        .layer(RequestBodyTimeoutLayer::new(BODY))
        .layer(TimeoutLayer::with_status_code(http::StatusCode::SERVICE_UNAVAILABLE, REQUEST));
    // What the release was built with; the only routes that are not in this file.
    let files = config.embedded_site().map(Site::routes).unwrap_or_default();
    sockets
        .merge(files)
        .merge(requests)
        .layer(from_fn_with_state(state.clone(), guard::signed_in))
        .layer(from_fn_with_state(state.clone(), guard::same_site))
        .layer(CatchPanicLayer::new())
        .layer(map_response(problem::dress))
        .layer(from_fn_with_state(state.clone(), guard::headers))
        .layer(from_fn_with_state(state.clone(), observe::request))
        .with_state(state)
}

/// What no route answers: a file of the site's folder where the binary has no site inside, else the page that says so.
fn site(state: &AppState, config: &Config) -> MethodRouter {
    let page = any(pages::fallback).with_state(state.clone());
    if config.embedded_site().is_some() {
        return page;
    }
    let folder = ServeDir::new(config.site_folder()).append_index_html_on_directories(false);
    any_service(folder.fallback(page))
}

#[cfg(test)]
#[path = "../tests/it/doors.rs"]
mod doors;

#[cfg(test)]
mod tests {
    use leptos::server_fn::axum::server_fn_paths;
    use leptos_axum::generate_route_list;

    use super::doors;

    /// The list that the tenancy story works through is the list of what is served.
    #[test]
    fn every_door_is_on_the_list() {
        let mut functions: Vec<(String, String)> = server_fn_paths()
            .map(|(path, method)| (method.to_string(), path.trim_start_matches("/fn/").to_owned()))
            .collect();
        functions.sort();
        let listed = doors::FUNCTIONS.map(|(method, name)| (method.to_owned(), name.to_owned()));
        assert_eq!(functions, listed);

        let mut pages: Vec<String> =
            generate_route_list(app::App).iter().map(|route| route.path().to_owned()).collect();
        pages.sort();
        assert_eq!(pages, doors::PAGES);

        // axum does not tell its routes; they are all written in this file.
        let source = include_str!("router.rs").split("#[cfg(test)]").next().unwrap_or_default();
        let mut routes: Vec<&str> =
            source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        routes.sort_unstable();
        // Health is served by every role.
        routes.dedup();
        assert_eq!(routes, doors::ROUTES);
        assert_eq!(source.matches(".nest(").count(), 1, "the REST API, whose document is its list");
        for other in [".route_service(", ".nest_service(", ".route(&", ".merge(Router"] {
            assert!(!source.contains(other), "{other} is not on the list");
        }
    }
}
