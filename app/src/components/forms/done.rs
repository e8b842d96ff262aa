//! What happens when a form succeeded in the browser: back to the grid. Without JavaScript the server redirects.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Goes to the grid of the answer's day once `action` succeeded.
pub fn back_to_grid<S>(action: ServerAction<S>, date: fn(&S::Output) -> chrono::NaiveDate)
where
    S: ServerFn + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
    S::Error: Send + Sync + 'static,
{
    let navigate = use_navigate();
    let value = action.value();
    Effect::new(move || {
        let day = value.with(|value| value.as_ref().and_then(|value| value.as_ref().ok()).map(date));
        if let Some(day) = day {
            navigate(&format!("/rooms?date={day}"), NavigateOptions::default());
        }
    });
}
