//! A listener that is removed when it is dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

pub(super) struct Listener {
    target: EventTarget,
    name: &'static str,
    callback: Closure<dyn FnMut(Event)>,
}

/// Hears `name` on `target`; the event is of the type that the DOM sends under that name.
pub(super) fn listen<E: JsCast>(
    target: &EventTarget,
    name: &'static str,
    mut heard: impl FnMut(E) + 'static,
) -> Listener {
    let callback = Closure::<dyn FnMut(Event)>::new(move |event: Event| heard(event.unchecked_into()));
    // Adding a listener fails for no target that exists.
    let _added = target.add_event_listener_with_callback(name, callback.as_ref().unchecked_ref());
    Listener { target: target.clone(), name, callback }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        let _removed = self.target.remove_event_listener_with_callback(self.name, callback);
    }
}
