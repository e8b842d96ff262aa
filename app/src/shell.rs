//! The HTML document around the application. Theme and language come from cookies, so that no page flashes.
//!
//! Scripts come with the pages that need them (`living.rs`), not by leptos' `HydrationScripts`, which reads a file of
//! hashes beside the executable and is on every page.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use text::Lang;

use crate::context::SiteManifest;
use crate::routes::App;

/// The whole document. Puts [`Lang`] in context for everything inside.
pub fn shell() -> impl IntoView {
    let parts = use_context::<Parts>();
    let lang = parts.as_ref().map_or_else(Lang::default, lang_of);
    let theme = parts.as_ref().and_then(theme_of);
    provide_context(lang);
    let css = use_context::<SiteManifest>().unwrap_or_default().css;
    view! {
        <!DOCTYPE html>
        <html lang=lang.as_str() data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content=text::tr(lang, "shell.description")/>
                <link rel="stylesheet" href=css/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// What a request chose; pages look different by it.
pub fn lang_and_theme(headers: &HeaderMap) -> (Lang, Option<&'static str>) {
    let mut request = http::Request::new(());
    *request.headers_mut() = headers.clone();
    let parts = request.into_parts().0;
    (lang_of(&parts), theme_of(&parts))
}

/// The cookie `lang`, else the first spoken language of `Accept-Language`, else Korean.
pub fn lang_of(parts: &Parts) -> Lang {
    let header = || parts.headers.get(ACCEPT_LANGUAGE)?.to_str().ok();
    cookie(parts, "lang")
        .and_then(Lang::parse)
        .or_else(|| Lang::from_accept_language(header()?))
        .unwrap_or_default()
}

/// The cookie `theme`: `light` or `dark`; anything else is the system's choice.
fn theme_of(parts: &Parts) -> Option<&'static str> {
    let chosen = cookie(parts, "theme")?;
    ["light", "dark"].into_iter().find(|theme| *theme == chosen)
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let all = parts.headers.get_all(COOKIE).into_iter();
    all.filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(http::HeaderName, &str)]) -> Parts {
        let mut request = http::Request::new(());
        for (name, value) in headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        request.into_parts().0
    }

    #[test]
    fn the_cookie_wins_over_the_header() {
        assert_eq!(lang_of(&parts(&[])), Lang::Ko);
        assert_eq!(lang_of(&parts(&[(ACCEPT_LANGUAGE, "en-US,ko;q=0.5")])), Lang::En);
        assert_eq!(lang_of(&parts(&[(ACCEPT_LANGUAGE, "en"), (COOKIE, "a=b; lang=ko")])), Lang::Ko);
        assert_eq!(lang_of(&parts(&[(COOKIE, "lang=xx")])), Lang::Ko);
    }

    #[test]
    fn only_known_themes_reach_the_page() {
        assert_eq!(theme_of(&parts(&[(COOKIE, "theme=dark")])), Some("dark"));
        assert_eq!(theme_of(&parts(&[(COOKIE, "theme=\"><script>")])), None);
        assert_eq!(theme_of(&parts(&[])), None);
    }
}
