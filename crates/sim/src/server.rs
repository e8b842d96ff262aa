//! One server: the real engine, with a clock, a randomness and a fate of its own.

use std::panic::resume_unwind;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use booking::{Engine, Ports, Quota, Roles, Settings, Vault};
use google::{GoogleClient, GoogleConfig};
use model::ServerId;
use sandbox::world::oauth::{DEMO_CLIENT, DEMO_SECRET};
use store::{Moment, Store, Turn};
use sync::port::Secret;

use crate::draw::Draw;
use crate::identity::Signing;
use crate::net::Net;
use crate::plan::Plan;

/// 32 bytes of zeros in base64: there is nothing to keep secret.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// A process dies: what unwinds through it.
pub(crate) struct Died(pub(crate) &'static str);

pub(crate) struct Server {
    /// `None`: it is dead.
    pub(crate) engine: Option<Engine>,
    /// How often it was started.
    pub(crate) lives: u32,
    /// It stands still until then, as by SIGSTOP.
    pub(crate) paused_until: i64,
}

fn fails(draw: &Mutex<Draw>, net: &Net, often: f64) -> bool {
    often > 0.0 && !net.lock().calm && draw.lock().unwrap_or_else(PoisonError::into_inner).chance(often)
}

/// Starts server `number` for the `life`th time.
pub(crate) fn start(
    seed: u64,
    number: usize,
    life: u32,
    plan: &Plan,
    net: &Net,
    store: &Store,
    writes: &Arc<AtomicU64>,
) -> Result<Engine> {
    let stream = |what: &str| Draw::new(seed, &format!("{what} {number} {life}"));
    let config = GoogleConfig {
        api_root: None,
        oauth_root: None,
        client_id: DEMO_CLIENT.to_owned(),
        client_secret: Secret(DEMO_SECRET.to_owned()),
    };
    let google = Arc::new(GoogleClient::over(config, Arc::new(net.wire(number)))?);
    let signing = Signing {
        net: net.clone(),
        google: Arc::clone(&google),
        count: AtomicU64::new(0),
        name: format!("{number}-{life}"),
    };
    let ports = Ports { calendar: google.clone(), identity: Arc::new(signing), directory: google };
    let settings = Settings {
        public_url: "https://rooms.hanbit.example".to_owned(),
        hooks_url: plan.hooks.then(|| "https://rooms.hanbit.example".to_owned()),
        poll_secs: plan.poll_secs,
        environment: "production".to_owned(),
        roles: Roles::default(),
        quota: Quota::default(),
    };
    let clock_net = net.clone();
    let entropy = Mutex::new(stream("entropy"));
    let randomness = move |bytes: &mut [u8]| {
        entropy.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    };
    let (crash_net, crash_draw, crash) = (net.clone(), Mutex::new(stream("crash")), plan.crash);
    let crash_point = move |name: &'static str| {
        if crash_net.is_fatal(name) || fails(&crash_draw, &crash_net, crash) {
            resume_unwind(Box::new(Died(name)));
        }
    };
    let server = ServerId::new(net.now(), stream("server").bytes());
    let vault = Vault::new(KEY).context("the key")?;
    let engine = Engine::new(
        store.around_writes(around(plan, net, stream("writes"), Arc::clone(writes))),
        ports,
        vault,
        settings,
        Arc::new(move || clock_net.now()),
        Arc::new(randomness),
        Arc::new(crash_point),
        server,
        None,
    );
    engine.one_at_a_time();
    Ok(engine)
}

/// What befalls a server's writes.
fn around(plan: &Plan, net: &Net, draw: Draw, writes: Arc<AtomicU64>) -> store::Around {
    let (net, draw) = (net.clone(), Mutex::new(draw));
    let (crash, lost) = (plan.crash_write, plan.lost_commit);
    Arc::new(move |moment| {
        let (died, unheard) = match moment {
            Moment::Before => ("write.before", "commit.lost_before"),
            Moment::After => {
                writes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                ("write.after", "commit.lost_after")
            }
        };
        if net.is_fatal(died) || fails(&draw, &net, crash) {
            resume_unwind(Box::new(Died(died)));
        }
        if net.lock().database_is_away {
            return Turn::Lost;
        }
        if fails(&draw, &net, lost) {
            net.mark(unheard);
            return Turn::Lost;
        }
        Turn::On
    })
}
