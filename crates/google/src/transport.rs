//! The one HTTP client: bounded in time and size, no redirects, https only unless Google is on this machine.

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::{HeaderValue, USER_AGENT};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sync::port::Failure;
use thiserror::Error;

use crate::config::ConfigError;

/// A whole call, connecting and reading included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are dropped before Google does it under a request.
const IDLE: Duration = Duration::from_secs(50);
/// The largest answer that is read (bytes).
pub(crate) const BODY_CAP: usize = 2 * 1024 * 1024;
/// The same for listings: 2,500 events of 25 kB.
pub(crate) const LIST_CAP: usize = 64 * 1024 * 1024;

const AGENT: HeaderValue = HeaderValue::from_static(concat!("roomly/", env!("CARGO_PKG_VERSION")));

/// Why there is no answer. All but `NotTrusted`, `TooLarge` and `ServerError` leave open whether the call was executed, and so does
/// a server's error.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TransportError {
    #[error("timed out")]
    TimedOut,
    #[error("no connection")]
    NoConnection,
    /// The other side's certificate is expired, of another name or of nobody known, or it speaks no TLS at all.
    #[error("not trusted")]
    NotTrusted,
    #[error("connection lost")]
    Lost,
    #[error("answer too large")]
    TooLarge,
    #[error("server error {0}")]
    ServerError(u16),
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::TooLarge => Self::Malformed { detail: error.to_string() },
            _ => Self::Unknown { detail: error.to_string() },
        }
    }
}

/// What carries a request to Google and brings its answer: [`Transport`], or a stand-in in this process.
pub trait Carrier: Send + Sync {
    /// Sends it and reads the whole answer, at most `cap` bytes. Redirects are answers.
    fn carry(
        &self,
        request: Request<Bytes>,
        cap: usize,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
}

impl Carrier for Transport {
    fn carry(
        &self,
        request: Request<Bytes>,
        cap: usize,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.send(request, cap).boxed()
    }
}

/// Over HTTP. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

impl Transport {
    /// `plain`: http is allowed besides https; only for a Google on this machine.
    pub fn new(plain: bool) -> Result<Self, ConfigError> {
        let builder = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .map_err(|_| ConfigError::Tls)?;
        let connector =
            if plain { builder.https_or_http() } else { builder.https_only() }.enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector);
        Ok(Self { client, timeout: TIMEOUT })
    }

    /// Sends it and reads the whole answer, at most `cap` bytes. Redirects are answers.
    pub async fn send(&self, request: Request<Bytes>, cap: usize) -> Result<Response<Bytes>, TransportError> {
        tokio::time::timeout(self.timeout, self.exchange(request, cap))
            .await
            .map_err(|_| TransportError::TimedOut)?
    }

    async fn exchange(&self, request: Request<Bytes>, cap: usize) -> Result<Response<Bytes>, TransportError> {
        let mut request = request.map(Full::new);
        request.headers_mut().insert(USER_AGENT, AGENT);
        let response = self.client.request(request).await.map_err(|error| {
            if is_tls(&error) {
                TransportError::NotTrusted
            } else if error.is_connect() {
                TransportError::NoConnection
            } else {
                TransportError::Lost
            }
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, cap).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { TransportError::TooLarge } else { TransportError::Lost }
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Whether TLS is somewhere among the causes. It comes wrapped as an IO error, whose own `source` skips it.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || inner.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}

#[cfg(test)]
mod tests;
