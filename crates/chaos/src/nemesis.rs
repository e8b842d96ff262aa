//! Carries out a plan, and makes everything whole again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::house::Machines;
use crate::plan::{Act, Step};
use crate::proxy::Mode;
use crate::stage::Stage;

/// Does the steps of a lane one after the other; answers how many went wrong on purpose. A fault of Google's counts when
/// it strikes, which its log knows.
pub(crate) async fn run(stage: Arc<Stage>, lane: &'static str, steps: Vec<Step>) -> Result<usize> {
    let mut done = 0;
    for (index, step) in steps.into_iter().enumerate() {
        sleep(Duration::from_millis(step.wait)).await;
        let op = stage.journal.begin(lane, &json!(step.act));
        done += usize::from(!matches!(step.act, Act::Fault { .. }));
        act(&stage, &format!("{lane}-{index}"), step.act).await?;
        stage.journal.end(op, &Value::Null);
    }
    Ok(done)
}

async fn act(stage: &Stage, name: &str, act: Act) -> Result<()> {
    let (house, journal) = (&stage.house, &stage.journal);
    let servers = &house.servers;
    match act {
        Act::Kill { server, down } => servers.kill(server, millis(down), journal).await,
        Act::Crash { server, place, time } => servers.arm(server, &format!("{place}:{time}"), journal).await,
        Act::Freeze { server, still } => servers.freeze(server, millis(still), journal).await,
        Act::Restart { server } => servers.restart(server, journal).await,
        Act::PostgresRestart => machines(stage, |machines| machines.postgres.restart()).await?,
        Act::PostgresKill { down } => {
            servers.kills.fetch_add(1, Ordering::Relaxed);
            machines(stage, |machines| machines.postgres.kill()).await?;
            sleep(millis(down)).await;
            machines(stage, |machines| machines.postgres.start_again()).await?;
        }
        Act::RedisKill { down } => {
            machines(stage, |machines| machines.redis.kill()).await?;
            sleep(millis(down)).await;
            machines(stage, |machines| machines.redis.start_again()).await?;
        }
        Act::RedisFreeze { still } => {
            machines(stage, |machines| machines.redis.pause()).await?;
            sleep(millis(still)).await;
            machines(stage, |machines| machines.redis.go_on()).await?;
        }
        Act::RedisFlush => machines(stage, |machines| machines.redis.flush()).await?,
        Act::Cut { wire, closed } => wire_is(stage, wire, Mode::Cut, closed).await,
        Act::Stall { wire, still } => wire_is(stage, wire, Mode::Stall, still).await,
        Act::Fault { mut fault } => {
            fault["name"] = json!(name);
            house.google.break_with(fault);
        }
        Act::Silence { long } => {
            house.google.world().settings.push_enabled = false;
            sleep(millis(long)).await;
            house.google.world().settings.push_enabled = true;
        }
    }
    Ok(())
}

async fn wire_is(stage: &Stage, wire: crate::plan::Wire, mode: Mode, long: u64) {
    let Some(proxy) = stage.house.wire(wire) else { return };
    proxy.set(mode);
    sleep(millis(long)).await;
    proxy.set(Mode::Pass);
}

/// Starting and stopping waits for processes.
async fn machines(stage: &Stage, work: impl FnOnce(&mut Machines) -> std::io::Result<()>) -> Result<()> {
    let mut machines = stage.house.machines.lock().await;
    match machines.as_mut() {
        Some(machines) => Ok(block_in_place(|| work(machines))?),
        None => Ok(()),
    }
}

/// Everything is whole again, and every server is ready.
pub(crate) async fn heal(stage: &Stage) {
    let house = &stage.house;
    for proxy in
        [Some(&house.to_google), house.to_postgres.as_ref(), house.to_redis.as_ref()].into_iter().flatten()
    {
        proxy.set(Mode::Pass);
    }
    house.google.mend();
    house.servers.all_ready(&stage.journal).await;
    stage.journal.note(&json!("healed"));
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}
