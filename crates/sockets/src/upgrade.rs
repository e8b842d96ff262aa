//! The handshake (RFC 6455 §4.2), answered by us: hyper hands the raw socket over afterwards.

use std::sync::Arc;

use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

use crate::inbox::Inbox;
use crate::outlet::Outlet;

/// A request that wants a WebSocket and may have it.
pub struct Upgrade {
    accept: HeaderValue,
    handed_over: OnUpgrade,
}

/// A request that is no handshake; the status to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub StatusCode);

impl Upgrade {
    /// Reads the handshake. Who asks, and from where, is for the caller to check.
    pub fn of<B>(request: &mut Request<B>) -> Result<Self, Refused> {
        if request.method() != Method::GET {
            return Err(Refused(StatusCode::METHOD_NOT_ALLOWED));
        }
        let headers = request.headers();
        let asked = request.version() == Version::HTTP_11
            && has_word(headers, &CONNECTION, "upgrade")
            && has_word(headers, &UPGRADE, "websocket");
        if !asked {
            return Err(Refused(StatusCode::UPGRADE_REQUIRED));
        }
        if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(Refused(StatusCode::BAD_REQUEST));
        }
        let key = headers.get(SEC_WEBSOCKET_KEY).ok_or(Refused(StatusCode::BAD_REQUEST))?;
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
            .map_err(|_| Refused(StatusCode::BAD_REQUEST))?;
        Ok(Self { accept, handed_over: hyper::upgrade::on(request) })
    }

    /// The answer. Only after it was sent is the socket handed over.
    pub fn response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        response
    }

    /// The socket, once the answer is out; `None` if the client went away. Messages to us have at most `longest` bytes.
    pub async fn open(self, longest: usize) -> Option<(Arc<Outlet>, Inbox)> {
        let upgraded = self.handed_over.await.ok()?;
        let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
        let outlet = Arc::new(Outlet::new(parts.io.into_inner()));
        let inbox = Inbox::new(Arc::clone(&outlet), parts.read_buf.to_vec(), longest);
        Some((outlet, inbox))
    }
}

/// Whether a header's comma-separated list has this word, in any case.
fn has_word(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lists = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| one.trim().eq_ignore_ascii_case(word))
}
