//! The client against servers that misbehave.

use super::*;
use crate::testing::{Say, serve};

async fn get(root: &str, cap: usize) -> Result<Response<Bytes>, TransportError> {
    let request = Request::get(format!("{root}/x")).body(Bytes::new()).unwrap();
    Transport::new(true).unwrap().send(request, cap).await
}

#[tokio::test]
async fn an_answer_with_its_head() {
    let (root, served) = serve(vec![Say::Answer(404, "X-A: 1\r\n", "none".into())]);
    let answer = get(&root, 100).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (404, &b"none"[..]));
    assert_eq!(answer.headers()["x-a"], "1");
    let request = served.join().unwrap().remove(0).to_ascii_lowercase();
    assert!(request.contains("user-agent: roomly/"), "{request}");
    assert!(!request.contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn bodies_end_somewhere() {
    let (root, _) = serve(vec![Say::Answer(200, "", "x".repeat(101))]);
    assert_eq!(get(&root, 100).await.unwrap_err(), TransportError::TooLarge);
    let (root, _) = serve(vec![Say::Answer(200, "", "x".repeat(100))]);
    assert_eq!(get(&root, 100).await.unwrap().body().len(), 100);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (root, served) = serve(vec![Say::Answer(302, "Location: http://127.0.0.1:1/\r\n", String::new())]);
    assert_eq!(get(&root, 100).await.unwrap().status().as_u16(), 302);
    assert_eq!(served.join().unwrap().len(), 1);
}

#[tokio::test]
async fn broken_connections_have_words() {
    let (root, _) = serve(vec![Say::Close]);
    assert_eq!(get(&root, 100).await.unwrap_err(), TransportError::Lost);
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal";
    let (root, _) = serve(vec![Say::HangAfter(half, Duration::ZERO)]);
    assert_eq!(get(&root, 100).await.unwrap_err(), TransportError::Lost);
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(get(&format!("http://{gone}"), 100).await.unwrap_err(), TransportError::NoConnection);
}

#[tokio::test]
async fn silence_has_an_end() {
    let pause = Duration::from_secs(2);
    for half in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal"] {
        let (root, _) = serve(vec![Say::HangAfter(half, pause)]);
        let transport = Transport { timeout: pause / 20, ..Transport::new(true).unwrap() };
        let request = Request::get(root).body(Bytes::new()).unwrap();
        assert_eq!(transport.send(request, 100).await.unwrap_err(), TransportError::TimedOut);
    }
}

#[tokio::test]
async fn only_https_is_spoken_elsewhere() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let request = Request::get(address).body(Bytes::new()).unwrap();
    let refused = Transport::new(false).unwrap().send(request, 100).await;
    assert_eq!(refused.unwrap_err(), TransportError::NoConnection);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody came");
}

#[test]
fn what_may_have_been_executed_is_unknown() {
    for error in [TransportError::TimedOut, TransportError::Lost, TransportError::NoConnection] {
        assert!(matches!(Failure::from(error), Failure::Unknown { .. }));
    }
    assert!(matches!(Failure::from(TransportError::TooLarge), Failure::Malformed { .. }));
}
