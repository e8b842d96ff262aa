//! Banners with one thing to mend and one button for it: a lost connection to Google, one's own or the company's.

use leptos::prelude::*;
use model::{Attention, GrantStanding};
use text::{Lang, tr};

use super::Icon;

/// Above the header, on every page. `next` is where the browser comes back to, percent-encoded.
pub(super) fn mend(lang: Lang, attention: Attention, next: &str) -> impl IntoView + use<> {
    let banner = |whose: &'static str, consent: &str, standing: GrantStanding| {
        // A key that is gone shows on the health page; here it is as good as revoked.
        let word = match standing {
            GrantStanding::Missing => "missing",
            GrantStanding::Insufficient => "insufficient",
            _ => "revoked",
        };
        let href = format!("/auth/google?consent={consent}&next={next}");
        view! {
            <div class="mend" role="status" data-mend=whose data-grant=word>
                <Icon name="alert"/>
                <p>{tr(lang, &format!("sync.banner.{whose}_{word}"))}</p>
                <a class="button" href=href rel="nofollow">{tr(lang, &format!("sync.banner.{whose}_connect"))}</a>
            </div>
        }
    };
    let own = attention.own_grant.map(|standing| banner("own", "calendar", standing));
    let company = attention.company_grant.map(|standing| banner("company", "company", standing));
    view! {
        {company}
        {own}
    }
}
