//! The application: its routes. On the server only: between pages the browser goes by itself.
//!
//! Rendered once without any request while the server lists them, so nothing here and in the bodies of pages may expect
//! a context.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::pages::account::AccountPage;
use crate::pages::admin::AdminPage;
use crate::pages::book::BookPage;
use crate::pages::details::DetailsPage;
use crate::pages::display::DisplayPage;
use crate::pages::login::LoginPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::notices::NoticesPage;
use crate::pages::rooms::RoomsPage;
use crate::pages::sorry::SorryPage;
use crate::pages::sync::SyncHealthPage;

/// The root of what is rendered.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=RoomsPage ssr=SsrMode::Async/>
                <Route path=path!("/rooms") view=RoomsPage ssr=SsrMode::Async/>
                <Route path=path!("/rooms/book") view=BookPage ssr=SsrMode::Async/>
                <Route path=path!("/bookings/:number") view=DetailsPage ssr=SsrMode::Async/>
                <Route path=path!("/notices") view=NoticesPage ssr=SsrMode::Async/>
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                <Route path=path!("/admin") view=AdminPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/sync") view=SyncHealthPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/sorry/:code") view=SorryPage ssr=SsrMode::Async/>
                <Route path=path!("/display/:token") view=DisplayPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
    .into_any()
}
