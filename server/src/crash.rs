//! Dying at a named place (`sync::crash::POINTS`): only in a build with the feature `chaos`. What is shipped passes by.

use booking::CrashHook;

/// What the core calls at each of the places.
#[cfg(not(feature = "chaos"))]
pub(crate) fn hook() -> CrashHook {
    std::sync::Arc::new(|_| {})
}

/// Aborts where the environment says, and when it is come by there so often. An abort runs nothing on its way out, as a
/// SIGKILL does.
#[cfg(feature = "chaos")]
pub(crate) fn hook() -> CrashHook {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    let wish = crate::config::crash_wish();
    let parsed = wish.as_deref().and_then(|wish| wish.rsplit_once(':'));
    let parsed = parsed.and_then(|(place, time)| Some((place.to_owned(), time.parse::<u32>().ok()?)));
    let Some((place, time)) = parsed else { return Arc::new(|_| {}) };
    let passed = AtomicU32::new(0);
    Arc::new(move |name| {
        if name == place && passed.fetch_add(1, Ordering::Relaxed) + 1 == time {
            std::process::abort();
        }
    })
}
