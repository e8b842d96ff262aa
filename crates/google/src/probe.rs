//! Looking whether everything is in place, for `roomly doctor`: nothing is changed anywhere, no token is needed.

use bytes::Bytes;
use chrono::DateTime;
use http::header::DATE;
use http::{Method, Request};
use model::Instant;
use sync::port::{AuthFailure, Consent, IdentityPort as _, Secret};

use crate::client::GoogleClient;
use crate::oauth::scopes;
use crate::transport::{BODY_CAP, Carrier, Transport, TransportError};

/// What an address answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub status: u16,
    /// The `Date` header, whole seconds; `None` without a readable one.
    pub date: Option<Instant>,
}

/// What Google says of our OAuth client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientVerdict {
    Known,
    /// Id or secret are wrong; Google's word.
    Refused {
        reason: String,
    },
    /// No verdict: Google did not answer.
    Unknown {
        detail: String,
    },
}

/// The scopes that a consent asks for, as Google's console lists them.
pub fn scopes_of(consent: Consent) -> Vec<&'static str> {
    scopes(consent).collect()
}

/// Asks an address, and reads what it answers. Redirects are answers.
pub async fn visit(method: Method, address: &str) -> Result<Look, TransportError> {
    let plain = address.starts_with("http://");
    let transport = Transport::new(plain).map_err(|_| TransportError::NoConnection)?;
    look(&transport, method, address).await
}

async fn look(carrier: &dyn Carrier, method: Method, address: &str) -> Result<Look, TransportError> {
    let request = Request::builder().method(method).uri(address).body(Bytes::new());
    let answer = carrier.carry(request.map_err(|_| TransportError::NoConnection)?, BODY_CAP).await?;
    let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let date = date.map(|date| Instant::from_micros(date.timestamp_micros()));
    Ok(Look { status: answer.status().as_u16(), date })
}

impl GoogleClient {
    /// Asks for Google's published keys: whether it is reached, and what time it is there.
    pub async fn look(&self) -> Result<Look, TransportError> {
        look(&*self.carrier, Method::GET, &self.endpoints.certs).await
    }

    /// Offers a code that cannot be one. Google looks at the client first, and says so if it does not know it.
    pub async fn client_verdict(&self, redirect_uri: &str, now: Instant) -> ClientVerdict {
        let nothing = Secret("roomly-doctor".to_owned());
        match self.exchange("roomly-doctor", redirect_uri, &nothing, &nothing, now).await {
            Err(AuthFailure::Misconfigured { reason }) => ClientVerdict::Refused { reason },
            Err(AuthFailure::Unavailable { detail }) => ClientVerdict::Unknown { detail },
            // The code was refused, as it had to be.
            Ok(_) | Err(AuthFailure::Revoked { .. } | AuthFailure::BadIdToken { .. }) => ClientVerdict::Known,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::config::GoogleConfig;
    use crate::testing::{Say, serve};

    #[tokio::test]
    async fn the_time_there_is_read() {
        let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        let (root, _) = serve(vec![
            Say::Answer(200, date, "{}".into()),
            Say::Answer(204, "Date: soon\r\n", String::new()),
        ]);
        let look = visit(Method::GET, &root).await.unwrap();
        assert_eq!(look, Look { status: 200, date: Some(Instant::from_micros(784_111_777_000_000)) });
        assert_eq!(visit(Method::HEAD, &root).await.unwrap(), Look { status: 204, date: None });
    }

    #[tokio::test]
    async fn who_does_not_speak_tls_is_not_trusted() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}/", listener.local_addr().unwrap());
        let plain = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
            stream
        });
        assert_eq!(visit(Method::GET, &address).await, Err(TransportError::NotTrusted));
        plain.join().unwrap();
    }

    #[tokio::test]
    async fn a_client_is_known_or_not() {
        let answers = vec![
            Say::Answer(400, "Content-Type: application/json\r\n", r#"{"error":"invalid_grant"}"#.into()),
            Say::Answer(401, "Content-Type: application/json\r\n", r#"{"error":"invalid_client"}"#.into()),
            Say::Answer(503, "", String::new()),
        ];
        let (root, _) = serve(answers);
        let google = GoogleClient::new(GoogleConfig {
            api_root: None,
            oauth_root: Some(root),
            client_id: "id".into(),
            client_secret: Secret("secret".into()),
        });
        let google = google.unwrap();
        let now = Instant::from_micros(0);
        let ask = || google.client_verdict("https://rooms.example.com/auth/google/callback", now);
        assert_eq!(ask().await, ClientVerdict::Known);
        assert_eq!(ask().await, ClientVerdict::Refused { reason: "invalid_client".into() });
        assert!(matches!(ask().await, ClientVerdict::Unknown { .. }));
    }
}
