//! A labelled field. The label holds the control, so no ids are needed.

use leptos::prelude::*;

/// A label, its control, and a line of help.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            {children()}
            {help.map(|help| view! { <span class="field-help">{help}</span> })}
        </label>
    }
}

/// A checkbox with its words beside it.
#[component]
pub fn Check(
    name: &'static str,
    #[prop(optional)] checked: bool,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value="1" checked=checked/>
            <span class="check-words">
                <span class="check-label">{label}</span>
                {help.map(|help| view! { <span class="field-help">{help}</span> })}
            </span>
        </label>
    }
}
