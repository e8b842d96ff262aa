//! Google as the ports know it.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};
use sync::port::{CalendarPort, Failure, Outcome, RemoteOp, Secret};

use crate::config::{ConfigError, Endpoints, GoogleConfig};
use crate::jwks::Jwks;
use crate::oauth::{OauthClient, OauthHttp, oauth_client};
use crate::transport::{BODY_CAP, Carrier, LIST_CAP};
use crate::wire::unsendable;
use crate::{Transport, decode, encode};

/// Implements [`CalendarPort`], [`sync::port::IdentityPort`] and [`sync::port::DirectoryPort`]. One a process.
pub struct GoogleClient {
    pub(crate) endpoints: Endpoints,
    pub(crate) client_id: String,
    pub(crate) oauth: OauthClient,
    pub(crate) oauth_http: OauthHttp,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) jwks: Jwks,
}

impl GoogleClient {
    /// Over HTTP.
    pub fn new(config: GoogleConfig) -> Result<Self, ConfigError> {
        let transport = Transport::new(Endpoints::new(&config)?.plain)?;
        Self::over(config, Arc::new(transport))
    }

    /// Over whatever carries its requests.
    pub fn over(config: GoogleConfig, carrier: Arc<dyn Carrier>) -> Result<Self, ConfigError> {
        let endpoints = Endpoints::new(&config)?;
        let jwks = Jwks::new(endpoints.certs.clone());
        let oauth = oauth_client(&endpoints, &config.client_id, &config.client_secret)?;
        Ok(Self {
            endpoints,
            client_id: config.client_id,
            oauth,
            oauth_http: OauthHttp(Arc::clone(&carrier)),
            carrier,
            jwks,
        })
    }

    async fn calendar_call(&self, token: &Secret, op: RemoteOp) -> Outcome {
        let listing = matches!(op, RemoteOp::EventsList { .. } | RemoteOp::EventInstances { .. });
        let cap = if listing { LIST_CAP } else { BODY_CAP };
        let request = encode(&op, &self.endpoints.calendar).and_then(|request| authorized(request, token));
        match request {
            Err(failure) => Outcome::Failed(failure),
            Ok(request) => match self.carrier.carry(request, cap).await {
                Ok(response) => decode(&op, response),
                Err(error) => Outcome::Failed(error.into()),
            },
        }
    }
}

impl CalendarPort for GoogleClient {
    fn call<'a>(&'a self, token: &'a Secret, op: RemoteOp) -> BoxFuture<'a, Outcome> {
        self.calendar_call(token, op).boxed()
    }
}

/// With the token as `Authorization`, marked so that nothing prints it.
pub(crate) fn authorized(mut request: Request<Bytes>, token: &Secret) -> Result<Request<Bytes>, Failure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.0)).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Say, serve};
    use sync::port::RemoteStatus;

    fn google(root: &str) -> GoogleClient {
        GoogleClient::new(GoogleConfig {
            api_root: Some(root.to_owned()),
            oauth_root: None,
            client_id: "client".into(),
            client_secret: Secret("secret".into()),
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_call_goes_there_and_back() {
        let (root, served) = serve(vec![
            Say::Answer(200, "", "{\"id\":\"abc\",\"status\":\"cancelled\"}".into()),
            Say::Answer(401, "", String::new()),
            Say::Close,
        ]);
        let google = google(&root);
        let token = Secret("t0ken".into());
        let get = || RemoteOp::EventGet { calendar: "r@x".into(), event: "abc".into() };
        let Outcome::Event(event) = google.call(&token, get()).await else { panic!() };
        assert_eq!(event.status, RemoteStatus::Cancelled);
        assert_eq!(google.call(&token, get()).await, Outcome::Failed(Failure::Unauthorized));
        assert!(matches!(google.call(&token, get()).await, Outcome::Failed(Failure::Unknown { .. })));
        let request = served.join().unwrap().remove(0);
        assert!(request.starts_with("GET /calendar/v3/calendars/r%40x/events/abc "), "{request}");
        assert!(request.to_ascii_lowercase().contains("authorization: bearer t0ken\r\n"), "{request}");
    }

    #[tokio::test]
    async fn a_token_that_fits_into_no_header_goes_nowhere() {
        let google = google("http://127.0.0.1:1");
        let get = RemoteOp::EventGet { calendar: "r".into(), event: "abc".into() };
        let outcome = google.call(&Secret("a\r\nb".into()), get).await;
        assert!(matches!(outcome, Outcome::Failed(Failure::Rejected { status: 0, .. })));
    }

    #[test]
    fn authorization_is_not_printed() {
        let request = authorized(Request::new(Bytes::new()), &Secret("t0ken".into())).unwrap();
        assert!(!format!("{request:?}").contains("t0ken"));
    }
}
