//! The browser's clock and randomness. On the server neither is asked: one clock is made in `server`.

use model::Instant;

/// The browser's clock; `None` on the server.
#[cfg(feature = "hydrate")]
pub fn now() -> Option<Instant> {
    // Milliseconds since 1970 are far below 2^53.
    #[allow(clippy::cast_possible_truncation, reason = "a date's milliseconds fit")]
    Some(Instant::from_millis(js_sys::Date::now() as i64))
}

/// The browser's clock; `None` on the server.
#[cfg(not(feature = "hydrate"))]
pub fn now() -> Option<Instant> {
    None
}

/// Ten random bytes for a new intent (a version 4 id is drawn from the browser's cryptographic source).
#[cfg(feature = "hydrate")]
pub fn entropy() -> [u8; 10] {
    let random = js_sys::global();
    let mut bytes = [0_u8; 10];
    if let Ok(window) = wasm_bindgen::JsCast::dyn_into::<web_sys::Window>(random)
        && let Ok(crypto) = window.crypto()
        && crypto.get_random_values_with_u8_array(&mut bytes).is_ok()
    {
        return bytes;
    }
    for byte in &mut bytes {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0..256.0")]
        let value = (js_sys::Math::random() * 256.0) as u8;
        *byte = value;
    }
    bytes
}

/// Nothing random is made on the server's side of a view.
#[cfg(not(feature = "hydrate"))]
pub fn entropy() -> [u8; 10] {
    [0; 10]
}
