//! The built site inside the binary: content-hashed names, compressed before it was shipped.
//!
//! A release has it; a development build has none and serves from a folder (see `router`). `ROOMLY_SITE` wins over both.

use app::SiteManifest;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// The site as `cargo xtask build --release` packed it; written by xtask, taken up by `build.rs`.
pub(crate) const EMBEDDED: Option<Site> = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A packed site. Addresses are from the root.
#[derive(Clone, Copy)]
pub(crate) struct Site {
    pub(crate) js: &'static str,
    pub(crate) wasm: &'static str,
    pub(crate) css: &'static str,
    pub(crate) pages_css: &'static str,
    pub(crate) files: &'static [Asset],
}

/// One file, in the forms that paid.
#[derive(Clone, Copy)]
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    /// `Content-Type`.
    pub(crate) kind: &'static str,
    /// The name says the content, so that it never has to be asked for again.
    pub(crate) hashed: bool,
    /// Of the content: 16 hexadecimal digits of its SHA-256.
    pub(crate) digest: &'static str,
    pub(crate) plain: &'static [u8],
    pub(crate) brotli: Option<&'static [u8]>,
    pub(crate) gzip: Option<&'static [u8]>,
}

impl Site {
    pub(crate) fn manifest(self) -> SiteManifest {
        SiteManifest {
            js: self.js.to_owned(),
            wasm: self.wasm.to_owned(),
            css: self.css.to_owned(),
            pages_css: self.pages_css.to_owned(),
        }
    }

    /// A route for each file. They stand outside of the compression of pages: everything here is compressed already.
    pub(crate) fn routes<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        self.files.iter().fold(Router::new(), |router, asset| {
            router.route(
                asset.path,
                any(async |method: Method, headers: HeaderMap| asset.answer(&method, &headers)),
            )
        })
    }
}

impl Asset {
    fn answer(&'static self, method: &Method, headers: &HeaderMap) -> Response {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
        }
        let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let (form, bytes) = self.form(&accepted.collect::<Vec<_>>().join(","));
        let tag = format!("\"{}{}\"", self.digest, form.tag());
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let unchanged = known.flat_map(|list| list.split(',')).map(str::trim).any(|known| {
            // Weak comparison (RFC 9110 §13.1.2).
            known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
        });
        let mut response = Response::new(Body::empty());
        let own = response.headers_mut();
        own.insert(VARY, HeaderValue::from_static("accept-encoding"));
        // What keeps its name is asked for again at each page: an old sprite beside a new page lacks icons.
        let cache = if self.hashed { "public, max-age=31536000, immutable" } else { "public, no-cache" };
        own.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            own.insert(ETAG, tag);
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        own.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        own.insert(CONTENT_LENGTH, bytes.len().into());
        if let Some(encoding) = form.encoding() {
            own.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if *method == Method::GET {
            *response.body_mut() = Body::from(bytes);
        }
        response
    }

    /// The form that the client likes best; of equals the smallest. Plain bytes where it likes none.
    fn form(&self, accepted: &str) -> (Form, &'static [u8]) {
        let forms = [(Form::Brotli, self.brotli), (Form::Gzip, self.gzip), (Form::Plain, Some(self.plain))];
        let present = forms.into_iter().filter_map(|(form, bytes)| Some((form, bytes?)));
        let liked = present.map(|(form, bytes)| (form, bytes, quality(accepted, form)));
        liked
            .filter(|(_, _, quality)| *quality > 0)
            .min_by_key(|(_, bytes, quality)| (std::cmp::Reverse(*quality), bytes.len()))
            .map_or((Form::Plain, self.plain), |(form, bytes, _)| (form, bytes))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Brotli,
    Gzip,
    Plain,
}

impl Form {
    const fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }

    /// Each form is a representation with a strong tag of its own.
    const fn tag(self) -> &'static str {
        match self {
            Self::Brotli => "-br",
            Self::Gzip => "-gz",
            Self::Plain => "",
        }
    }
}

/// How much `Accept-Encoding` likes a form, in thousandths (RFC 9110 §12.5.3). What is not named is not accepted, but for
/// `identity`, which is unless it is forbidden, and comes after everything that was named.
fn quality(accepted: &str, form: Form) -> u32 {
    let name = form.encoding().unwrap_or("identity");
    let mut by_star = None;
    for one in accepted.split(',') {
        let mut parts = one.split(';').map(str::trim);
        let Some(coding) = parts.next().filter(|coding| !coding.is_empty()) else { continue };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1_000, thousandths);
        let same = coding.eq_ignore_ascii_case(name)
            || (form == Form::Gzip && coding.eq_ignore_ascii_case("x-gzip"));
        if same {
            return weight;
        }
        if coding == "*" {
            by_star = Some(weight);
        }
    }
    match (form, by_star) {
        (Form::Plain, Some(0)) => 0,
        (Form::Plain, _) => 1,
        (_, star) => star.unwrap_or(0),
    }
}

/// `0.5` is 500; what is no number is nothing.
fn thousandths(text: &str) -> u32 {
    let Ok(value) = text.parse::<f32>() else { return 0 };
    if value.is_nan() {
        return 0;
    }
    let clamped = (value.clamp(0.0, 1.0) * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
    let whole = clamped as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: Asset = Asset {
        path: "/pkg/a-1.js",
        kind: "text/javascript; charset=utf-8",
        hashed: true,
        digest: "0011223344556677",
        plain: b"let a = 1; let b = 2;",
        brotli: Some(b"brotli"),
        gzip: Some(b"gzipped"),
    };
    const ICON: Asset = Asset {
        path: "/favicon.svg",
        kind: "image/svg+xml",
        hashed: false,
        brotli: None,
        gzip: None,
        ..SCRIPT
    };

    fn ask(asset: &'static Asset, method: Method, headers: &[(http::HeaderName, &str)]) -> Response {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        asset.answer(&method, &map)
    }

    #[test]
    fn the_client_chooses_the_form() {
        for (accepted, form) in [
            ("", Form::Plain),
            ("br", Form::Brotli),
            ("gzip, deflate, br, zstd", Form::Brotli),
            ("gzip", Form::Gzip),
            ("x-gzip", Form::Gzip),
            ("GZIP;Q=1.0, br;q=0.9", Form::Gzip),
            ("br;q=0, *", Form::Gzip),
            ("br;q=0, gzip;q=0", Form::Plain),
            ("*;q=0.1", Form::Brotli),
            ("identity, gzip;q=0.5", Form::Plain),
            ("gzip;q=0.5, identity;q=0", Form::Gzip),
            ("br;q=2, gzip;q=nan", Form::Brotli),
            ("deflate", Form::Plain),
            // Everything forbidden: plain bytes help more than a refusal.
            ("*;q=0", Form::Plain),
            (";;,,q=1", Form::Plain),
        ] {
            assert_eq!(SCRIPT.form(accepted).0, form, "{accepted:?}");
        }
        assert_eq!(ICON.form("br, gzip").0, Form::Plain);
    }

    #[test]
    fn each_form_has_its_headers() {
        let plain = ask(&SCRIPT, Method::GET, &[]);
        let headers = plain.headers();
        assert_eq!(headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(headers[VARY], "accept-encoding");
        assert_eq!(headers[ETAG], "\"0011223344556677\"");
        assert_eq!(headers[CONTENT_LENGTH], "21");
        assert!(!headers.contains_key(CONTENT_ENCODING));
        let packed = ask(&SCRIPT, Method::GET, &[(ACCEPT_ENCODING, "gzip"), (ACCEPT_ENCODING, "br")]);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "br");
        assert_eq!(packed.headers()[ETAG], "\"0011223344556677-br\"");
        assert_eq!(packed.headers()[CONTENT_LENGTH], "6");
        assert_eq!(ask(&ICON, Method::GET, &[]).headers()[CACHE_CONTROL], "public, no-cache");
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let br = (ACCEPT_ENCODING, "br");
        for known in
            ["\"0011223344556677-br\"", "W/\"0011223344556677-br\"", "\"x\", \"0011223344556677-br\"", "*"]
        {
            let answer = ask(&SCRIPT, Method::GET, &[br.clone(), (IF_NONE_MATCH, known)]);
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(answer.headers()[ETAG], "\"0011223344556677-br\"");
            assert!(!answer.headers().contains_key(CONTENT_LENGTH));
        }
        // The tag of another form is another representation's.
        for other in ["\"0011223344556677\"", "\"0011223344556677-gz\"", "0011223344556677-br"] {
            assert_eq!(
                ask(&SCRIPT, Method::GET, &[br.clone(), (IF_NONE_MATCH, other)]).status(),
                StatusCode::OK
            );
        }
    }

    #[tokio::test]
    async fn heads_have_no_body_and_writes_are_refused() {
        let head = ask(&SCRIPT, Method::HEAD, &[]);
        assert_eq!(
            (head.status(), &head.headers()[CONTENT_LENGTH]),
            (StatusCode::OK, &HeaderValue::from(21))
        );
        assert!(axum::body::to_bytes(head.into_body(), 100).await.unwrap().is_empty());
        let post = ask(&SCRIPT, Method::POST, &[]);
        assert_eq!(
            (post.status(), &post.headers()[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &HeaderValue::from_static("GET, HEAD"))
        );
    }
}
