//! The day page, drawn once for everybody of a company and kept until something changes.
//!
//! Drawing a day is the dearest thing the server does, and every viewer of a company gets the same grid: what differs is
//! who looks. So a page is drawn for a stand-in, cut where the stand-in shows, and put together for each viewer with
//! their own name, data and nonce. It is the page that would have been drawn: a story compares them byte by byte
//! (`server/tests/it/kept.rs`). Where the cuts are not found as expected, the page is drawn in the ordinary way.
//!
//! A kept page is as new as the change log when it was asked for. What no change tells is the time of day: that is as old
//! as on an open screen, whose clock goes by half minutes, and never from before a time at which bookings usually
//! begin and end. So a company that only looks is drawn for twice a minute, however many look.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use app::context::ForEverybody;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use booking::Cx;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use leptos::nonce::Nonce;
use model::person::Viewer;
use model::{Attention, Block, CompanyId, Instant, PersonNumber, Seq};
use tokio::sync::OnceCell;

use crate::pages;
use crate::router::AppState;

/// How old the time of day on a page may be, in microseconds.
const FRESH: i64 = 30_000_000;
/// Bookings usually begin and end, and days turn, at multiples of this (microseconds): no page is kept over one.
const GRAIN: i64 = 300_000_000;
/// Pages that are kept at most, and their bytes.
const MOST: usize = 1_024;
const MOST_BYTES: usize = 64 << 20;
/// A page that is longer is drawn each time.
const LONGEST: usize = 8 << 20;

/// What a page depends on, who looks and when apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    company: CompanyId,
    /// Path and query: the page's own links carry it.
    address: String,
    lang: &'static str,
    theme: Option<&'static str>,
    /// Admins have one link more.
    admin: bool,
    /// Banners and the dot.
    attention: Attention,
    /// The company's name, which no change tells of.
    name: String,
}

/// A page, or the one who is drawing it: whoever else wants it waits for that.
struct Entry {
    seq: Seq,
    at: Instant,
    page: Arc<OnceCell<Option<Page>>>,
}

impl Entry {
    fn is_fresh(&self, seq: Seq, now: Instant) -> bool {
        let grain = |at: Instant| at.as_micros().div_euclid(GRAIN);
        self.seq >= seq && now.since(self.at) < FRESH && grain(now) <= grain(self.at)
    }

    fn bytes(&self) -> usize {
        self.page.get().and_then(Option::as_ref).map_or(0, Page::bytes)
    }
}

/// The pages that are kept. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<HashMap<Key, Entry>>>);

impl Kept {
    /// The place of a page that knows of `seq` and is fresh at `now`.
    fn place(&self, key: Key, seq: Seq, now: Instant) -> Arc<OnceCell<Option<Page>>> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = pages.get(&key).filter(|entry| entry.is_fresh(seq, now)) {
            return Arc::clone(&entry.page);
        }
        pages.remove(&key);
        let mut bytes: usize = pages.values().map(Entry::bytes).sum();
        while pages.len() >= MOST || bytes > MOST_BYTES {
            let oldest = pages.iter().min_by_key(|(_, entry)| entry.at).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| pages.remove(&key)) else { break };
            bytes = bytes.saturating_sub(gone.bytes());
        }
        let page = Arc::default();
        pages.insert(key, Entry { seq, at: now, page: Arc::clone(&page) });
        page
    }
}

/// Stands before the routes: answers for the day page, lets everything else through.
pub(crate) async fn day_page(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let kept = match Asked::of(&request) {
        Some(asked) => answer(&app, asked).await,
        None => None,
    };
    match kept {
        Some(response) => response,
        None => next.run(request).await,
    }
}

/// A request for a day page.
struct Asked {
    address: String,
    uri: Uri,
    headers: HeaderMap,
    cx: Cx,
}

impl Asked {
    fn of(request: &Request) -> Option<Self> {
        let address = day_address(request.method(), request.uri())?;
        let cx = request.extensions().get::<Cx>()?.clone();
        Some(Self { address, uri: request.uri().clone(), headers: request.headers().clone(), cx })
    }
}

async fn answer(app: &AppState, asked: Asked) -> Option<Response> {
    let Asked { address, uri, headers, cx } = asked;
    // What goes wrong here goes wrong again on the ordinary way, which knows how to say so.
    let (viewer, seq) = app.engine.look(&cx).await.ok()?;
    let (lang, theme) = app::shell::lang_and_theme(&headers);
    let name = viewer.company.clone();
    let key = Key {
        company: cx.company,
        address,
        lang: lang.as_str(),
        theme,
        admin: viewer.admin,
        attention: viewer.attention,
        name,
    };
    let place = app.kept.place(key, seq, cx.now);
    let page = place.get_or_init(|| draw(app, uri, headers, &viewer)).await.as_ref()?;
    let own = app.engine.own_private(&cx, &page.private).await.ok()?;
    let nonce = Nonce::new().to_string();
    let mut response = Response::new(Body::from(page.of(&viewer, &own, &nonce)?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers
        .insert(header::CONTENT_SECURITY_POLICY, pages::policy(&nonce, &app.engine.settings().public_url)?);
    Some(response)
}

/// The address of a day page, if it is one as our own links write it.
fn day_address(method: &Method, uri: &Uri) -> Option<String> {
    let a_day = match uri.query() {
        None => true,
        Some(query) => query.strip_prefix("date=").is_some_and(|date| {
            date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        }),
    };
    let kept = *method == Method::GET && matches!(uri.path(), "/" | "/rooms") && a_day;
    kept.then(|| uri.to_string())
}

/// Draws the page of this address for a stand-in.
async fn draw(app: &AppState, uri: Uri, headers: HeaderMap, viewer: &Viewer) -> Option<Page> {
    let stand_in = Viewer {
        number: PersonNumber(0),
        name: Nonce::new().to_string(),
        email: Nonce::new().to_string(),
        calendar_granted: false,
        unseen: 0,
        ..viewer.clone()
    };
    let everybody = ForEverybody::new(stand_in.clone());
    let mut again = Request::new(Body::empty());
    *again.uri_mut() = uri;
    *again.headers_mut() = headers;
    let response = pages::draw(app, again, everybody.clone()).await;
    if response.status() != StatusCode::OK {
        return None;
    }
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY)?.to_str().ok()?;
    let nonce = policy.split("'nonce-").nth(1)?.split('\'').next()?.to_owned();
    let html = String::from_utf8(to_bytes(response.into_body(), LONGEST).await.ok()?.to_vec()).ok()?;
    Page::cut(&html, &stand_in, &nonce, everybody.private())
}

/// Where a page differs by who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Nonce,
    NameText,
    NameAttribute,
    Initials,
    EmailText,
    /// How many notices are new, in the bell.
    Unseen,
    /// The viewer and their own private blocks, inside the data that the page hydrates from.
    Data,
}

/// A page in pieces.
struct Page {
    /// What stands before each slot.
    pieces: Vec<(String, Slot)>,
    end: String,
    /// Blocks of which their organiser sees more.
    private: Vec<Block>,
}

impl Page {
    /// `None` where the stand-in is not found as the page is known to show it.
    fn cut(html: &str, stand_in: &Viewer, nonce: &str, private: Vec<Block>) -> Option<Self> {
        let data = data(stand_in, &[])?;
        let mut slots = places(html, &data, Slot::Data);
        let [(in_data, _)] = &slots[..] else { return None };
        let in_data = in_data.clone();
        let outside =
            |(place, _): &(Range<usize>, Slot)| place.end <= in_data.start || place.start >= in_data.end;
        let names = places(html, &stand_in.name, Slot::NameText).into_iter().map(|(place, slot)| {
            let in_a_tag =
                html[..place.start].rfind(['<', '>']).is_some_and(|at| html[at..].starts_with('<'));
            (place, if in_a_tag { Slot::NameAttribute } else { slot })
        });
        slots.extend(names.filter(outside));
        slots.extend(places(html, &stand_in.email, Slot::EmailText).into_iter().filter(outside));
        let initials = model::name::initials(&stand_in.name);
        let disc = ("class=\"avatar\">", "<");
        let avatars = places(html, &format!("{}{initials}{}", disc.0, disc.1), Slot::Initials);
        slots.extend(
            avatars
                .into_iter()
                .map(|(place, slot)| (place.start + disc.0.len()..place.end - disc.1.len(), slot)),
        );
        slots.extend(places(html, &bell(stand_in.unseen), Slot::Unseen));
        slots.extend(places(html, nonce, Slot::Nonce));
        slots.sort_by_key(|(place, _)| place.start);

        let mut pieces = Vec::with_capacity(slots.len());
        let mut from = 0;
        for (place, slot) in slots {
            pieces.push((html.get(from..place.start)?.to_owned(), slot));
            from = place.end;
        }
        let count = |slot| pieces.iter().filter(|(_, found)| *found == slot).count();
        let once = |slot| count(slot) == 1;
        let some = |slot| count(slot) > 0;
        let whole = some(Slot::Nonce) && some(Slot::NameText) && once(Slot::Initials) && once(Slot::Unseen);
        whole.then(|| Self { end: html[from..].to_owned(), pieces, private })
    }

    fn bytes(&self) -> usize {
        self.pieces.iter().map(|(piece, _)| piece.len()).sum::<usize>() + self.end.len()
    }

    fn of(&self, viewer: &Viewer, own: &[Block], nonce: &str) -> Option<String> {
        let initials = model::name::initials(&viewer.name);
        // Leptos writes something else where there is nothing to write.
        if initials.is_empty() || viewer.email.is_empty() {
            return None;
        }
        let data = data(viewer, own)?;
        let (text, attribute) = (escaped(&viewer.name, false), escaped(&viewer.name, true));
        let (initials, email) = (escaped(&initials, false), escaped(&viewer.email, false));
        let bell = bell(viewer.unseen);
        let length: usize = self.pieces.iter().map(|(piece, _)| piece.len() + 64).sum();
        let mut html = String::with_capacity(length + self.end.len() + data.len());
        for (piece, slot) in &self.pieces {
            html.push_str(piece);
            html.push_str(match slot {
                Slot::Nonce => nonce,
                Slot::NameText => &text,
                Slot::NameAttribute => &attribute,
                Slot::Initials => &initials,
                Slot::EmailText => &email,
                Slot::Data => &data,
                Slot::Unseen => &bell,
            });
        }
        html.push_str(&self.end);
        Some(html)
    }
}

/// Where `text` stands in `html`.
fn places(html: &str, text: &str, slot: Slot) -> Vec<(Range<usize>, Slot)> {
    html.match_indices(text).map(|(at, text)| (at..at + text.len(), slot)).collect()
}

/// The end of a [`model::page::GridPage`] as `app/src/living.rs` writes it: JSON without `<`.
fn data(viewer: &Viewer, own: &[Block]) -> Option<String> {
    let viewer = serde_json::to_string(viewer).ok()?;
    let own = serde_json::to_string(own).ok()?;
    Some(format!("\"viewer\":{viewer},\"own_private\":{own}}}").replace('<', "\\u003c"))
}

/// The number in the bell as `app/src/components/ui/frame.rs` draws it. No text on a page holds the beginning of a tag.
fn bell(unseen: i64) -> String {
    let shown = app::components::ui::frame::shown_count(unseen);
    format!("<span data-unseen=\"{unseen}\" class=\"topbar-count\">{shown}<")
}

/// As leptos escapes text and attributes.
fn escaped(text: &str, attribute: bool) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if attribute { text.replace('"', "&quot;") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(name: &str, email: &str) -> Viewer {
        Viewer {
            number: PersonNumber(7),
            name: name.to_owned(),
            email: email.to_owned(),
            admin: false,
            company: "한빛".to_owned(),
            environment: "production".to_owned(),
            calendar_granted: true,
            unseen: 0,
            attention: Default::default(),
        }
    }

    fn html(viewer: &Viewer, nonce: &str) -> String {
        format!(
            "<script nonce=\"{nonce}\"></script>{}/span><summary aria-label=\"계정: {}\"><span aria-hidden=\"true\" \
             class=\"avatar\">{}<!></span><bdi>{}</bdi></summary><bdi>{}</bdi><script type=\"application/json\">{}</script>",
            bell(viewer.unseen),
            escaped(&viewer.name, true),
            escaped(&model::name::initials(&viewer.name), false),
            escaped(&viewer.name, false),
            escaped(&viewer.email, false),
            data(viewer, &[]).unwrap(),
        )
    }

    #[test]
    fn a_page_is_put_together_for_whoever_looks() {
        let stand_in = viewer("c3RhbmRpbg", "ZW1haWw");
        let page = Page::cut(&html(&stand_in, "n0"), &stand_in, "n0", Vec::new()).unwrap();
        for name in ["김민아", "<b>\"O'Neil\" & \\ Söhne", "c3RhbmRpbg"] {
            let viewer = Viewer { unseen: 120, ..viewer(name, "a&b@hanbit.example") };
            assert_eq!(page.of(&viewer, &[], "n1").unwrap(), html(&viewer, "n1"));
        }
    }

    #[test]
    fn a_page_without_its_data_is_not_kept() {
        let stand_in = viewer("c3RhbmRpbg", "ZW1haWw");
        let html = html(&stand_in, "n0");
        assert!(Page::cut(&html, &viewer("other", "x"), "n0", Vec::new()).is_none());
        assert!(Page::cut(&format!("{html}{html}"), &stand_in, "n0", Vec::new()).is_none());
        assert!(Page::cut(&html, &stand_in, "n9", Vec::new()).is_none());
    }

    #[test]
    fn only_plain_addresses_of_a_day_are_kept() {
        let kept = |method: Method, uri: &str| day_address(&method, &uri.parse().unwrap());
        assert_eq!(kept(Method::GET, "/rooms?date=2026-11-23"), Some("/rooms?date=2026-11-23".to_owned()));
        assert!(kept(Method::GET, "/").is_some() && kept(Method::GET, "/rooms").is_some());
        assert_eq!(kept(Method::POST, "/rooms"), None);
        for other in [
            "/rooms/book",
            "/rooms?date=",
            "/rooms?date=2026-11-23&x=1",
            "/rooms?x=1",
            "/rooms?date=2026-11%3C3",
        ] {
            assert_eq!(day_address(&Method::GET, &other.parse().unwrap()), None, "{other}");
        }
    }

    #[test]
    fn a_page_is_kept_until_something_changes_or_time_goes_by() {
        let kept = Kept::default();
        let key = |address: &str| Key {
            company: CompanyId(uuid::Uuid::nil()),
            address: address.to_owned(),
            lang: "ko",
            theme: None,
            admin: false,
            attention: Attention::default(),
            name: "한빛".to_owned(),
        };
        let place = |seq, at| kept.place(key("/"), Seq(seq), Instant::from_micros(at));
        let first = place(5, 0);
        assert!(Arc::ptr_eq(&first, &place(5, FRESH - 1)));
        // Somebody who read the log before, and was slow.
        assert!(Arc::ptr_eq(&first, &place(4, 10)));
        let changed = place(6, 20);
        assert!(!Arc::ptr_eq(&first, &changed));
        assert!(!Arc::ptr_eq(&changed, &place(6, 20 + FRESH)));
        let before = place(6, GRAIN - 1);
        assert!(!Arc::ptr_eq(&before, &place(6, GRAIN)), "a booking may just have begun");
    }

    #[test]
    fn old_pages_make_room_for_new_ones() {
        let kept = Kept::default();
        let key = |number: usize| Key {
            company: CompanyId(uuid::Uuid::nil()),
            address: number.to_string(),
            lang: "ko",
            theme: None,
            admin: false,
            attention: Attention::default(),
            name: String::new(),
        };
        let count = || kept.0.lock().unwrap().len();
        for number in 0..2 * MOST {
            kept.place(key(number), Seq(1), Instant::from_micros(0));
        }
        assert_eq!(count(), MOST);
        let large = |number| {
            let page = Page { pieces: Vec::new(), end: "x".repeat(MOST_BYTES / 4), private: Vec::new() };
            kept.place(key(number), Seq(1), Instant::from_micros(1)).set(Some(page)).ok();
        };
        (0..5).map(|number| 3 * MOST + number).for_each(large);
        kept.place(key(4 * MOST), Seq(1), Instant::from_micros(2));
        assert!(count() <= 5, "{}", count());
    }
}
