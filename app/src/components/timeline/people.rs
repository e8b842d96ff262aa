//! The people of a new booking: type a name, 초성 or address, pick, go on.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::person::PersonRow;
use text::Lang;

use super::popover::composing;
use crate::api::people::find_people;
use crate::components::ui::{Avatar, Icon};

/// Pause in typing after which colleagues are looked for.
const PAUSE: Duration = Duration::from_millis(160);

/// A combobox with chips. `guests` holds names and addresses.
#[component]
pub fn PeopleField(lang: Lang, guests: RwSignal<Vec<(String, String)>>) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::<PersonRow>::new());
    let active = RwSignal::new(0_usize);
    let add = move |name: String, email: String| {
        guests.update(|guests| {
            if !guests.iter().any(|(_, known)| known.eq_ignore_ascii_case(&email)) {
                guests.push((name, email));
            }
        });
        query.set(String::new());
        found.set(vec![]);
    };
    let look = move |typed: String| {
        query.set(typed.clone());
        if typed.trim().is_empty() {
            found.set(vec![]);
            return;
        }
        set_timeout(
            move || {
                // Only what is still in the field is asked for, and only its answer is shown.
                if query.try_get_untracked().as_deref() != Some(typed.as_str()) {
                    return;
                }
                spawn_local(async move {
                    let people = find_people(typed.trim().to_owned()).await.unwrap_or_default();
                    if query.try_get_untracked().as_deref() == Some(typed.as_str()) {
                        active.try_set(0);
                        found.try_set(people);
                    }
                });
            },
            PAUSE,
        );
    };
    let on_key = move |event: KeyboardEvent| {
        if composing(&event) {
            return;
        }
        let count = found.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => {
                event.prevent_default();
                active.update(|active| *active = (*active + 1) % count);
            }
            "ArrowUp" if count > 0 => {
                event.prevent_default();
                active.update(|active| *active = (*active + count - 1) % count);
            }
            "Enter" | "," => {
                let typed = query.get_untracked();
                let typed = typed.trim();
                let picked = found.with_untracked(|found| found.get(active.get_untracked()).cloned());
                if let Some(person) = picked {
                    event.prevent_default();
                    add(person.name, person.email);
                } else if typed.contains('@') {
                    event.prevent_default();
                    add(typed.to_owned(), typed.to_owned());
                }
            }
            "Backspace" if query.with_untracked(String::is_empty) => {
                guests.update(|guests| {
                    guests.pop();
                });
            }
            "Escape" if count > 0 => {
                event.prevent_default();
                event.stop_propagation();
                found.set(vec![]);
            }
            _ => {}
        }
    };
    let chips = move || {
        guests
            .get()
            .into_iter()
            .map(|(name, email)| {
                let label = text::tr_with(lang, "grid.person_remove", &[("name", &name)]);
                let drop_it = move |_| guests.update(|guests| guests.retain(|(_, known)| *known != email));
                view! {
                    <span class="people-chip">
                        <span>{name}</span>
                        <button type="button" aria-label=label on:click=drop_it><Icon name="x"/></button>
                    </span>
                }
                .into_any()
            })
            .collect::<Vec<_>>()
    };
    let options = move || {
        let people = found.get();
        (!people.is_empty()).then(|| {
            let rows = people
                .into_iter()
                .enumerate()
                .map(|(index, person)| {
                    let (name, email) = (person.name.clone(), person.email.clone());
                    // Pointer down, not click: the field keeps the focus.
                    let pick = move |event: leptos::ev::PointerEvent| {
                        event.prevent_default();
                        add(name.clone(), email.clone());
                    };
                    view! {
                        <li
                            role="option"
                            id=format!("people-option-{index}")
                            aria-selected=move || (active.get() == index).to_string()
                            on:pointerdown=pick
                        >
                            <Avatar name=person.name.clone()/>
                            <span class="people-words">
                                <span class="people-name">{person.name}</span>
                                <span class="people-more">
                                    {if person.department.is_empty() { person.email } else { person.department }}
                                </span>
                            </span>
                        </li>
                    }.into_any()
                })
                .collect::<Vec<_>>();
            view! { <ul class="people-options" role="listbox" id="people-options">{rows}</ul> }.into_any()
        })
    };
    view! {
        <div class="popover-field popover-people">
            <Icon name="users"/>
            <div class="people">
                {move || chips()}
                <input
                    type="text"
                    role="combobox"
                    autocomplete="off"
                    aria-label=text::tr(lang, "grid.people").into_owned()
                    aria-expanded=move || (!found.with(Vec::is_empty)).to_string()
                    aria-controls="people-options"
                    aria-activedescendant=move || {
                        (!found.with(Vec::is_empty)).then(|| format!("people-option-{}", active.get()))
                    }
                    placeholder=text::tr(lang, "grid.people_hint").into_owned()
                    prop:value=move || query.get()
                    on:input=move |event| look(event_target_value(&event))
                    on:keydown=on_key
                />
            </div>
            {move || options()}
        </div>
    }
}
