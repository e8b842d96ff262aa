//! Every way into the program. Two tests read this list: the program's own compares it with what is really served
//! (`server/src/router.rs`), so that nothing can be added without a line here; and the tenancy story fails where a line
//! has no case.

/// Pages, as leptos lists them.
pub(crate) const PAGES: [&str; 11] = [
    "/",
    "/account",
    "/admin",
    "/admin/sync",
    "/bookings/{number}",
    "/display/{token}",
    "/login",
    "/notices",
    "/rooms",
    "/rooms/book",
    "/sorry/{code}",
];

/// Routes that are no pages, as `router.rs` writes them.
pub(crate) const ROUTES: [&str; 11] = [
    "/api/calendar/webhook",
    "/auth/google",
    "/auth/google/callback",
    "/display/{token}/live",
    "/healthz",
    "/lang/{lang}",
    "/live",
    "/live/changes",
    "/logout",
    "/readyz",
    "/theme/{theme}",
];

/// Server functions, under `/fn/`: method and name.
pub(crate) const FUNCTIONS: [(&str, &str); 22] = [
    ("GET", "find_people"),
    ("GET", "load_account"),
    ("GET", "load_admin"),
    ("GET", "load_board"),
    ("GET", "load_book_form"),
    ("GET", "load_booking"),
    ("GET", "load_day"),
    ("GET", "load_notices"),
    ("GET", "load_sync"),
    ("POST", "book"),
    ("POST", "cancel_booking"),
    ("POST", "change_booking"),
    ("POST", "create_display"),
    ("POST", "create_token"),
    ("POST", "revoke_display"),
    ("POST", "revoke_token"),
    ("POST", "see_notices"),
    ("POST", "sync_directory"),
    ("POST", "sync_dismiss"),
    ("POST", "sync_repair"),
    ("POST", "sync_resume"),
    ("POST", "sync_retry"),
];
