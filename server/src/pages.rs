//! Pages: leptos behind the router, with the contexts it needs and each page's own content security policy.

use app::SiteManifest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use crate::router::AppState;

/// What every entry into leptos gets: the engine, the names of the built files, and the policy header.
pub(crate) fn provide(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let (engine, manifest) = (state.engine.clone(), state.manifest.clone());
    move || {
        provide_context(engine.clone());
        provide_context::<SiteManifest>(manifest.clone());
        let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
        if let Some(policy) = policy(&nonce.to_string(), &engine.settings().public_url) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// Positions on the grid are `style` attributes written by typed code (decisions 24); everything else is strict.
pub(crate) fn policy(nonce: &str, public_url: &str) -> Option<HeaderValue> {
    let socket = public_url.replacen("http", "ws", 1);
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {socket}; font-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'; worker-src 'self'; manifest-src 'self'"
    ))
    .ok()
}

/// Anything that is no route: a page that says so, inside the same application.
pub(crate) async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    render(&state, request).await
}

/// The page of `path`, answered under the request's own address.
pub(crate) async fn instead(state: &AppState, path: &str, mut request: Request) -> Response {
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    request.extensions_mut().clear();
    render(state, request.map(Body::new)).await
}

/// A page with one context more.
pub(crate) async fn draw<C: Clone + Send + Sync + 'static>(
    state: &AppState,
    request: Request,
    context: C,
) -> Response {
    let provide = provide(state);
    let contexts = move || {
        provide();
        provide_context(context.clone());
    };
    leptos_axum::render_app_async_with_context(contexts, app::shell)(request).await
}

async fn render(state: &AppState, request: Request) -> Response {
    leptos_axum::render_app_async_with_context(provide(state), app::shell)(request).await
}
