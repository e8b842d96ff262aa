//! What a seed decides before anything runs: which parts are hurt, how, and in which order.
//!
//! Two lanes run side by side: one hurts processes and databases, the other wires and Google. When each step comes is
//! the machine's business, so that a run of a seed is much like the last one and never the same.

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde_json::{Value, json};

/// Where Roomly keeps its data in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A file; one server.
    Sqlite,
    /// PostgreSQL, with a Redis between the servers.
    Postgres,
}

/// What Roomly talks over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wire {
    Google,
    Postgres,
    Redis,
}

/// One thing that goes wrong. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// SIGKILL, and started again a while later.
    Kill {
        server: usize,
        down: u64,
    },
    /// Killed, and started to die by itself at a named place (`sync::crash`), the `time`th time that it comes by.
    Crash {
        server: usize,
        place: &'static str,
        time: u32,
    },
    /// SIGSTOP, and SIGCONT a while later.
    Freeze {
        server: usize,
        still: u64,
    },
    /// SIGTERM, and started again.
    Restart {
        server: usize,
    },
    PostgresRestart,
    PostgresKill {
        down: u64,
    },
    RedisKill {
        down: u64,
    },
    RedisFreeze {
        still: u64,
    },
    RedisFlush,
    /// Connections end, and new ones are refused for a while.
    Cut {
        wire: Wire,
        closed: u64,
    },
    /// Bytes stand still on their way.
    Stall {
        wire: Wire,
        still: u64,
    },
    /// A line of the sandbox's plan of faults.
    Fault {
        fault: Value,
    },
    /// Notifications wait, and come all at once.
    Silence {
        long: u64,
    },
}

/// An act, and how long it is waited before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Step {
    pub wait: u64,
    pub act: Act,
}

/// Everything that a seed decides about what goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Plan {
    pub seed: u64,
    pub db: Kind,
    pub servers: usize,
    /// Processes and databases.
    pub parts: Vec<Step>,
    /// Wires and Google.
    pub wires: Vec<Step>,
}

impl Plan {
    pub(crate) fn draw(seed: u64, db: Kind, servers: usize) -> Self {
        let mut rng = stream(seed, "parts");
        let mut acts: Vec<Act> = (0..2).map(|_| kill(&mut rng, db, servers)).collect();
        acts.extend((0..rng.random_range(2..=4)).map(|_| part(&mut rng, db, servers)));
        acts.shuffle(&mut rng);
        let parts = steps(acts, &mut rng, 300..1_500);
        let mut rng = stream(seed, "wires");
        let acts = (0..rng.random_range(12..=16)).map(|_| wire(&mut rng, db)).collect();
        let wires = steps(acts, &mut rng, 200..1_000);
        Self { seed, db, servers, parts, wires }
    }
}

/// A stream of draws of its own: one draw more somewhere does not shift all others.
pub(crate) fn stream(seed: u64, of: &str) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    for (index, byte) in of.bytes().enumerate() {
        key[8 + index % 24] ^= byte.rotate_left(u32::try_from(index / 24).unwrap_or(0));
    }
    ChaCha8Rng::from_seed(key)
}

fn steps(acts: Vec<Act>, rng: &mut ChaCha8Rng, wait: std::ops::Range<u64>) -> Vec<Step> {
    acts.into_iter().map(|act| Step { wait: rng.random_range(wait.clone()), act }).collect()
}

/// Places that a run comes by often enough.
const PLACES: [&str; 4] = [
    sync::crash::PUSH_BEFORE_CALL,
    sync::crash::PUSH_AFTER_CALL,
    sync::crash::PULL_AFTER_PAGE,
    sync::crash::COMMIT_AFTER,
];

fn kill(rng: &mut ChaCha8Rng, db: Kind, servers: usize) -> Act {
    let server = rng.random_range(0..servers);
    match rng.random_range(0..if db == Kind::Postgres { 6 } else { 5 }) {
        0..3 => Act::Kill { server, down: rng.random_range(0..1_200) },
        3 | 4 => {
            let place = PLACES.choose(rng).copied().unwrap_or(sync::crash::COMMIT_AFTER);
            Act::Crash { server, place, time: rng.random_range(1..40) }
        }
        _ => Act::PostgresKill { down: rng.random_range(0..800) },
    }
}

fn part(rng: &mut ChaCha8Rng, db: Kind, servers: usize) -> Act {
    let server = rng.random_range(0..servers);
    match rng.random_range(0..if db == Kind::Postgres { 10 } else { 4 }) {
        0 => kill(rng, db, servers),
        1 | 2 => Act::Freeze { server, still: rng.random_range(300..2_500) },
        3 => Act::Restart { server },
        4 | 5 => Act::PostgresRestart,
        6 => Act::PostgresKill { down: rng.random_range(0..800) },
        7 => Act::RedisKill { down: rng.random_range(0..2_000) },
        8 => Act::RedisFreeze { still: rng.random_range(200..2_000) },
        _ => Act::RedisFlush,
    }
}

fn wire(rng: &mut ChaCha8Rng, db: Kind) -> Act {
    let wires: &[Wire] = match db {
        Kind::Sqlite => &[Wire::Google],
        Kind::Postgres => &[Wire::Google, Wire::Postgres, Wire::Redis],
    };
    let wire = wires.choose(rng).copied().unwrap_or(Wire::Google);
    match rng.random_range(0..10) {
        0 | 1 => Act::Cut { wire, closed: rng.random_range(0..700) },
        2 => Act::Stall { wire, still: rng.random_range(200..1_800) },
        3 => Act::Silence { long: rng.random_range(500..3_000) },
        _ => Act::Fault { fault: fault(rng) },
    }
}

/// A line for `/sandbox/faults`: what, for whom, how likely, for how long.
fn fault(rng: &mut ChaCha8Rng) -> Value {
    let api = json!({ "path": "/calendar/v3/" });
    let listing = json!({ "method": "GET", "path": "/events", "query": "maxResults" });
    let write =
        json!({ "method": (*["POST", "PATCH", "DELETE"].choose(rng).unwrap_or(&"POST")), "path": "/events" });
    let anywhere = json!({});
    let millis = rng.random_range(100..2_500);
    let (matcher, action) = match rng.random_range(0..31) {
        0 => (api, json!({ "status": 503 })),
        1 => (api, json!({ "status": 500 })),
        2 => (api, json!({ "status": 403, "reason": "rateLimitExceeded" })),
        3 => (api, json!({ "status": 403, "reason": "userRateLimitExceeded" })),
        4 => (api, json!({ "status": 429, "retry_after_s": 1 })),
        5 => (api, json!({ "status": 429 })),
        6 => (api, json!("expire_access_token")),
        7 => (json!({ "path": "/token" }), json!({ "status": 503 })),
        8 | 9 => (write, json!("commit_then_fail")),
        10 | 11 => (write, json!("commit_then_drop")),
        12 => (api, json!("drop_connection")),
        13 => (api, json!("torn_body")),
        14 => (write, json!("html_page")),
        15 => (api, json!({ "slow_drip_ms": 20 })),
        16 => (api, json!({ "delay_ms": millis })),
        17 => (write, json!("execute_twice")),
        18 => (write, json!("bounce_edit")),
        19 => (listing, json!("empty_page")),
        20 => (listing, json!("loop_page")),
        21 => (listing, json!("absent_arrays")),
        22 => (listing, json!("empty_arrays")),
        23 => (listing, json!("wrong_types")),
        24 => (listing, json!("unknown_fields")),
        25 => (listing, json!("expire_sync_tokens")),
        26 => (anywhere, json!("drop_notification")),
        27 => (anywhere, json!({ "duplicate_notification": 3 })),
        28 => (anywhere, json!({ "delay_notification_ms": millis })),
        29 => (anywhere, json!("reorder_notification")),
        _ => (anywhere, json!("wrong_token")),
    };
    // An answer that is made up strikes now and then, one that is lost or wrong a few times.
    json!({
        "matcher": matcher, "action": action, "probability": rng.random_range(2..=10) as f64 / 10.0,
        "count": rng.random_range(1..12), "for_ms": rng.random_range(500..3_000),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_plan_and_another_seed_another() {
        for db in [Kind::Sqlite, Kind::Postgres] {
            assert_eq!(Plan::draw(7, db, 2), Plan::draw(7, db, 2));
            assert_ne!(Plan::draw(7, db, 2).wires, Plan::draw(8, db, 2).wires);
        }
    }

    /// Whether a process loses what it has in its memory.
    fn is_kill(act: &Act) -> bool {
        matches!(act, Act::Kill { .. } | Act::Crash { .. } | Act::PostgresKill { .. })
    }

    #[test]
    fn every_plan_is_enough_for_a_run_that_counts() {
        for seed in 0..500 {
            for (db, servers) in [(Kind::Sqlite, 1), (Kind::Postgres, 3)] {
                let plan = Plan::draw(seed, db, servers);
                let kills = plan.parts.iter().filter(|step| is_kill(&step.act)).count();
                assert!(kills >= 2 && plan.parts.len() + plan.wires.len() >= 14, "{plan:?}");
            }
        }
    }

    #[test]
    fn a_file_has_neither_postgres_nor_redis() {
        for seed in 0..500 {
            let plan = Plan::draw(seed, Kind::Sqlite, 1);
            let text = serde_json::to_string(&(plan.parts, plan.wires)).unwrap();
            assert!(!text.contains("postgres") && !text.contains("redis"), "{text}");
        }
    }

    #[test]
    fn the_sandbox_understands_every_fault() {
        let mut rng = stream(1, "faults");
        for _ in 0..2_000 {
            let line = fault(&mut rng);
            let read: Result<sandbox::Fault, _> = serde_json::from_value(line.clone());
            assert!(read.is_ok(), "{line}: {read:?}");
        }
    }
}
