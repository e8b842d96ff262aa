//! Words: what people read, in their language. No leptos here; app, booking and messages all use it.
//!
//! The words are in `locales/*.yml`, one file an area, every key in every language; a test finds missing ones. Those in
//! `pages/*.yml` are of pages that the browser never draws: its program is smaller without them (feature `pages`). Whole
//! sentences for a person are made in [`say`], `notice` and `history`, dates in [`date`], Korean particles in [`particle`], how a series repeats in
//! [`repeat`].

pub mod date;
#[cfg(feature = "pages")]
pub mod history;
mod lang;
#[cfg(feature = "pages")]
pub mod notice;
pub mod particle;
pub mod repeat;
pub mod say;

pub use lang::Lang;
pub use say::{alternative, error, refusal};

use std::borrow::Cow;

rust_i18n::i18n!("locales");

#[cfg(feature = "pages")]
mod pages {
    rust_i18n::i18n!("pages");
}

/// The words of `key` in `lang`; the key itself where there are none.
pub fn tr(lang: Lang, key: &str) -> Cow<'static, str> {
    tr_known(lang, key).unwrap_or_else(|| key.to_owned().into())
}

/// Like [`tr`], with `%{name}` replaced by the argument of that name.
///
/// A particle may follow in braces, in the form for a final consonant: `%{room}{을}` reads "한라를", "백록담을".
pub fn tr_with(lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
    particle::fill(&tr(lang, key), args)
}

/// The words of `key` if there are any; for keys made from data, as names of fields and states.
pub fn tr_known(lang: Lang, key: &str) -> Option<Cow<'static, str>> {
    let words = _rust_i18n_backend().translate(lang.as_str(), key);
    #[cfg(feature = "pages")]
    let words = words.or_else(|| pages::_rust_i18n_backend().translate(lang.as_str(), key));
    words
}

/// Why a booking does not hold its room; `code` as the core writes it.
pub fn reason(lang: Lang, code: &str) -> Cow<'static, str> {
    tr_known(lang, &format!("reason.{code}")).unwrap_or_else(|| tr(lang, "reason.other"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::ErrorCode;

    use super::*;

    fn words(lang: Lang) -> BTreeMap<String, String> {
        let all = _rust_i18n_backend().messages_for_locale(lang.as_str()).unwrap();
        #[cfg(feature = "pages")]
        let all = [all, pages::_rust_i18n_backend().messages_for_locale(lang.as_str()).unwrap()].concat();
        all.into_iter().map(|(key, words)| (key.into_owned(), words.into_owned())).collect()
    }

    fn names(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn every_key_is_in_every_language_with_the_same_arguments() {
        let korean = words(Lang::Ko);
        assert!(korean.len() > 100, "the locales were not read");
        for lang in Lang::ALL {
            let here = words(lang);
            let one_sided: Vec<_> = korean
                .keys()
                .filter(|key| !here.contains_key(*key))
                .chain(here.keys().filter(|key| !korean.contains_key(*key)))
                .collect();
            assert!(one_sided.is_empty(), "not in both Ko and {lang:?}: {one_sided:?}");
            for (key, text) in &here {
                assert!(!text.trim().is_empty(), "{key} is empty in {lang:?}");
                assert_eq!(names(text), names(&korean[key]), "{key} takes other arguments in {lang:?}");
            }
        }
    }

    #[test]
    fn every_error_has_a_title_and_help() {
        for code in ErrorCode::ALL {
            for part in ["title", "help"] {
                let key = format!("errors.{code}.{part}");
                for lang in Lang::ALL {
                    assert!(tr_known(lang, &key).is_some(), "{key} in {lang:?}");
                }
            }
        }
    }

    #[test]
    fn korean_says_no_particle_in_doubt() {
        for (key, text) in words(Lang::Ko) {
            for doubt in ["을(를)", "이(가)", "은(는)", "와(과)", "(으)로"] {
                assert!(!text.contains(doubt), "{key}: {text}");
            }
        }
    }
}
