//! Google as the ports know it.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};
use sync::port::{CalendarPort, Failure, Outcome, RemoteOp, Secret};

use crate::batch::{MOST, decode_batch, encode_batch};
use crate::config::{ConfigError, Endpoints, GoogleConfig};
use crate::failure::failure;
use crate::jwks::Jwks;
use crate::oauth::{OauthClient, OauthHttp, oauth_client};
use crate::service_account::ServiceAccount;
use crate::transport::{BODY_CAP, Carrier, LIST_CAP};
use crate::wire::unsendable;
use crate::{Transport, decode, encode};

/// Between the parts of a batch. No part has such a line: bodies are JSON, whose texts have no line breaks.
const BOUNDARY: &str = "batch_roomly";

/// Implements [`CalendarPort`], [`sync::port::IdentityPort`] and [`sync::port::DirectoryPort`]. One a process.
pub struct GoogleClient {
    pub(crate) endpoints: Endpoints,
    pub(crate) client_id: String,
    pub(crate) oauth: OauthClient,
    pub(crate) oauth_http: OauthHttp,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) jwks: Jwks,
    pub(crate) service_account: Option<ServiceAccount>,
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
            service_account: None,
        })
    }

    async fn calendar_call(&self, token: &Secret, op: RemoteOp) -> Outcome {
        let listing = matches!(op, RemoteOp::EventsList { .. } | RemoteOp::EventInstances { .. });
        let cap = if listing { LIST_CAP } else { BODY_CAP };
        let request = encode(&op, &self.endpoints.calendar)
            .and_then(|request| self.counted(request, token))
            .and_then(|request| authorized(request, token));
        match request {
            Err(failure) => Outcome::Failed(failure),
            Ok(request) => match self.carrier.carry(request, cap).await {
                Ok(response) => decode(&op, response),
                Err(error) => Outcome::Failed(error.into()),
            },
        }
    }
}

impl GoogleClient {
    /// At most [`MOST`] calls in one request. Whatever is wrong with a part is the part's; whatever is wrong with the
    /// whole is everyone's.
    async fn batch_call(&self, token: &Secret, ops: &[RemoteOp]) -> Vec<Outcome> {
        let all = |failure: &Failure| ops.iter().map(|_| Outcome::Failed(failure.clone())).collect();
        // One that cannot be sent at all is no reason not to send the others; alone it says so.
        let encoded = |op| self.counted(encode(op, &self.endpoints.calendar)?, token);
        let parts: Vec<_> = ops.iter().map(encoded).collect();
        let sendable: Vec<_> = parts.iter().filter_map(|part| part.as_ref().ok().cloned()).collect();
        let request = encode_batch(&sendable, &self.endpoints.calendar, BOUNDARY);
        let request = match request.and_then(|request| authorized(request, token)) {
            Ok(request) => request,
            Err(failure) => return all(&failure),
        };
        let answer = match self.carrier.carry(request, LIST_CAP).await {
            Ok(answer) => answer,
            Err(error) => return all(&error.into()),
        };
        if !answer.status().is_success() {
            return all(&of_the_whole(failure(None, &answer)));
        }
        let mut answers = decode_batch(&answer, sendable.len()).into_iter();
        let lost = || Failure::Unknown { detail: "no part of the batch's answer".to_owned() };
        let outcome = |(op, part): (&RemoteOp, Result<_, Failure>)| match part {
            Err(failure) => Outcome::Failed(failure),
            Ok(_) => {
                answers.next().flatten().map_or_else(|| Outcome::Failed(lost()), |answer| decode(op, answer))
            }
        };
        ops.iter().zip(parts).map(outcome).collect()
    }
}

impl CalendarPort for GoogleClient {
    fn batch<'a>(&'a self, token: &'a Secret, ops: Vec<RemoteOp>) -> BoxFuture<'a, Vec<Outcome>> {
        async move {
            let mut outcomes = Vec::with_capacity(ops.len());
            for part in ops.chunks(MOST) {
                match part {
                    [op] => outcomes.push(self.calendar_call(token, op.clone()).await),
                    part => outcomes.extend(self.batch_call(token, part).await),
                }
            }
            outcomes
        }
        .boxed()
    }

    fn call<'a>(&'a self, token: &'a Secret, op: RemoteOp) -> BoxFuture<'a, Outcome> {
        self.calendar_call(token, op).boxed()
    }
}

/// What the failure of a whole batch means for each of its parts: a grant that is limited or void is theirs as well; that
/// something was not found, or is gone, is said of the batch and of none of them.
fn of_the_whole(failure: Failure) -> Failure {
    match failure {
        Failure::Unauthorized
        | Failure::RateLimited { .. }
        | Failure::Forbidden { .. }
        | Failure::Unknown { .. } => failure,
        other => Failure::Unknown { detail: format!("the whole batch: {other:?}") },
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

    #[tokio::test]
    async fn a_batch_is_one_request_and_a_single_call_none() {
        let part = |number: usize, status: u16, body: &str| {
            format!(
                "--x\r\nContent-Type: application/http\r\nContent-ID: <response-roomly{number}>\r\n\r\nHTTP/1.1 {status} X\r\n\r\n{body}\r\n"
            )
        };
        let body = part(1, 404, "{}") + &part(0, 200, "{\"id\":\"abc\"}") + "--x--\r\n";
        let (root, served) = serve(vec![
            Say::Answer(200, "Content-Type: multipart/mixed; boundary=x\r\n", body),
            Say::Answer(200, "", "{\"id\":\"abc\"}".into()),
            Say::Answer(503, "", String::new()),
            Say::Answer(401, "", String::new()),
            Say::Answer(404, "", String::new()),
            Say::Answer(410, "", String::new()),
        ]);
        let (google, token) = (google(&root), Secret("t0ken".into()));
        let get = |event: &str| RemoteOp::EventGet { calendar: "r@x".into(), event: event.into() };
        let outcomes = google.batch(&token, vec![get("abc"), get("b"), get("c")]).await;
        assert!(matches!(&outcomes[0], Outcome::Event(event) if event.id == "abc"));
        assert_eq!(outcomes[1], Outcome::Failed(Failure::NotFound));
        assert!(matches!(outcomes[2], Outcome::Failed(Failure::Unknown { .. })), "it may have been executed");
        assert!(matches!(google.batch(&token, vec![get("abc")]).await[..], [Outcome::Event(_)]));
        for expected in [Failure::Unknown { detail: "http 503".into() }, Failure::Unauthorized] {
            let outcomes = google.batch(&token, vec![get("a"), get("b")]).await;
            assert_eq!(outcomes, [Outcome::Failed(expected.clone()), Outcome::Failed(expected)]);
        }
        for _ in [404, 410] {
            let outcomes = google.batch(&token, vec![get("a"), get("b")]).await;
            let says_nothing = |outcome| matches!(outcome, &Outcome::Failed(Failure::Unknown { .. }));
            assert!(outcomes.iter().all(says_nothing), "it was said of the batch: {outcomes:?}");
        }
        let requests = served.join().unwrap();
        assert!(requests[0].starts_with("POST /batch/calendar/v3 "), "{}", requests[0]);
        assert_eq!(requests[0].to_ascii_lowercase().matches("authorization: bearer t0ken").count(), 1);
        assert!(requests[1].starts_with("GET /calendar/v3/calendars/r%40x/events/abc "), "{}", requests[1]);
    }

    #[test]
    fn authorization_is_not_printed() {
        let request = authorized(Request::new(Bytes::new()), &Secret("t0ken".into())).unwrap();
        assert!(!format!("{request:?}").contains("t0ken"));
    }
}
