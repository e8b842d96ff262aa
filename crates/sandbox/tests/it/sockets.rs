//! The shell over real sockets: a watch, a booking, a notification.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Redirect;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::support::{Client, JOON, MINA, MONDAY};

type Seen = mpsc::UnboundedSender<(String, usize)>;

async fn hook(State(seen): State<(Seen, Arc<Mutex<u32>>)>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let state = headers["x-goog-resource-state"].to_str().unwrap().to_owned();
    let mut failures = seen.1.lock().unwrap();
    if *failures > 0 {
        *failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    seen.0.send((state, body.len())).unwrap();
    StatusCode::NO_CONTENT
}

/// What the sandbox heard of its notifications.
fn heard(world: &Mutex<sandbox::World>) -> Vec<u64> {
    let world = world.lock().unwrap();
    let entries = world.log.since(0);
    let deliveries = entries.into_iter().filter(|entry| entry["kind"] == "delivery");
    deliveries.map(|entry| entry["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_redirect_is_an_answer_or_is_followed() {
    for (follows, told, arrives) in [(false, 307, false), (true, 204, true)] {
        let small = Client::new();
        let (room, mut world) = (small.room, small.world);
        world.settings.push_follows_redirects = follows;
        let world = Arc::new(Mutex::new(world));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", receiver.local_addr().unwrap());
        let (seen, mut notifications) = mpsc::unbounded_channel();
        let elsewhere = format!("{address}/hook");
        let router = Router::new()
            .route("/moved", axum::routing::post(move || async move { Redirect::temporary(&elsewhere) }))
            .fallback(hook)
            .with_state((seen, Arc::new(Mutex::new(0))));
        let mut servers = JoinSet::new();
        let clock: sandbox::Clock = Arc::new(|| MONDAY);
        servers.spawn(sandbox::serve(listener, world.clone(), clock, std::future::pending()));
        let mut receivers = JoinSet::new();
        receivers.spawn(async move { axum::serve(receiver, router).await });
        let body = json!({ "id": "chan-1", "type": "web_hook", "address": format!("{address}/moved") });
        let request = Request::post(format!("{root}/calendar/v3/calendars/{room}/events/watch"))
            .header("authorization", format!("Bearer sandbox:{MINA}"))
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        let http = Http::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        assert_eq!(http.request(request).await.unwrap().status(), 200);
        let told_by_then = async {
            let mut tick = tokio::time::interval(Duration::from_millis(5));
            while heard(&world).is_empty() {
                tick.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), told_by_then).await.unwrap();
        assert_eq!(heard(&world), [told], "a redirect that is not followed is final");
        assert_eq!(notifications.try_recv().is_ok(), arrives);
    }
}

#[tokio::test]
async fn notifications_arrive_over_http() {
    let small = Client::new();
    let (room, mut world) = (small.room, small.world);
    world.settings.room_answer_delay_ms = 0;
    let world = Arc::new(Mutex::new(world));
    let started = std::time::Instant::now();
    let clock: sandbox::Clock =
        Arc::new(move || MONDAY + i64::try_from(started.elapsed().as_micros()).unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", receiver.local_addr().unwrap());
    let (seen, mut notifications) = mpsc::unbounded_channel();
    let router = Router::new().fallback(hook).with_state((seen, Arc::new(Mutex::new(1))));
    let mut servers = JoinSet::new();
    servers.spawn(sandbox::serve(listener, world.clone(), clock, async {
        let _ = stopped.await;
    }));
    let mut receivers = JoinSet::new();
    receivers.spawn(async move { axum::serve(receiver, router).await });

    let http = Http::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let post = async |who: &str, path: String, body: Value| {
        let request = Request::post(format!("{root}{path}"))
            .header("authorization", format!("Bearer sandbox:{who}"))
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        let response = http.request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let body = json!({ "id": "chan-1", "type": "web_hook", "address": address });
    let (status, _) = post(MINA, format!("/calendar/v3/calendars/{room}/events/watch"), body).await;
    assert_eq!(status, 200);
    let mut next =
        async || tokio::time::timeout(Duration::from_secs(30), notifications.recv()).await.unwrap().unwrap();
    assert_eq!(next().await, ("sync".to_owned(), 0), "after one 503 it is sent again");
    let event = json!({ "start": { "dateTime": "2026-11-23T10:00:00+09:00" }, "end": { "dateTime": "2026-11-23T11:00:00+09:00" },
        "attendees": [{ "email": room }] });
    let (status, _) = post(JOON, "/calendar/v3/calendars/primary/events".to_owned(), event).await;
    assert_eq!(status, 200);
    assert_eq!(next().await, ("exists".to_owned(), 0));
    drop(http);
    stop.send(()).unwrap();
    let done = tokio::time::timeout(Duration::from_secs(30), servers.join_next()).await.unwrap();
    done.unwrap().unwrap().unwrap();
}
