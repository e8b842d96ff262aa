//! After the trouble: everything heals, nobody does anything, and both sides have to become equal and stay so.

use std::collections::BTreeMap;

use anyhow::Result;
use booking::Step;
use model::{Block, BlockKey, Change, Seq};
use store::{CredentialState, OwnerKind};
use sync::port::Consent;

use crate::books::key_of;
use crate::check::Checks;
use crate::house::{Came, Deed, House};
use crate::post::Office;
use crate::truth::{differences, wishes};

/// Rounds until both sides must be equal, and how far apart they are: longer than any back-off, rest or lease.
const ROUNDS: usize = 50;
const ROUND_SECS: i64 = 180;
/// Where a delta was lied about, only a full pass finds what it hid: one comes every day.
const LATE_ROUNDS: usize = 30;
const LATE_ROUND_SECS: i64 = 3_600;
/// Rounds in which nothing may happen any more.
const QUIET_ROUNDS: usize = 5;
/// Steps of one kind at once; more means that there is no end.
const MOST: usize = 400;

/// How it ended.
pub(crate) struct Settled {
    /// Rounds that it took; `None`: never.
    pub(crate) rounds: Option<usize>,
}

pub(crate) async fn settle(house: &mut House, office: &mut Office, checks: &mut Checks) -> Result<Settled> {
    heal(house, office).await?;
    let hidden = house.net.lock().books.hidden;
    let rounds = if hidden { ROUNDS + LATE_ROUNDS } else { ROUNDS };
    let mut last = Vec::new();
    for round in 0..rounds {
        one_round(house, office).await?;
        checks.look(house).await?;
        last = differences(house).await?;
        if last.is_empty() {
            stays(house, office, checks).await?;
            return Ok(Settled { rounds: Some(round) });
        }
        let secs = if round < ROUNDS { ROUND_SECS } else { LATE_ROUND_SECS };
        house.net.pass(secs * 1_000_000);
    }
    told(house).await?;
    let mut state = house.net.lock();
    state.books.broken(format!("CONVERGE: not equal after {rounds} rounds: {}", last.join("; ")));
    Ok(Settled { rounds: None })
}

/// What is stored of every promise, for whoever reads the story.
async fn told(house: &House) -> Result<()> {
    let store = house.store.company(house.company);
    let told_of: Vec<_> = house.net.lock().books.told_of().collect();
    for (id, number) in told_of {
        let promise = house.net.lock().books.promised(&key_of(id));
        let event = store.event_get(id).await?;
        let held = store.occurrences_of_event(id).await?;
        let waits = store.outbox_get(id).await?;
        house.line(&format!("#{number} {promise} is {event:?} {held:?} {waits:?}"));
    }
    Ok(())
}

/// Faults end, the dead come back, whoever took a grant back gives it again.
async fn heal(house: &mut House, office: &mut Office) -> Result<()> {
    house.line("everything heals");
    {
        let mut state = house.net.lock();
        state.calm = true;
        let google = &mut state.world.settings;
        google.page_size = None;
        google.list_delay_ms = 0;
    }
    office.release();
    for server in 0..house.servers.len() {
        house.servers[server].paused_until = 0;
    }
    let waiting: Vec<u64> = house.operations.keys().copied().collect();
    for operation in waiting {
        house.finish(operation).await;
    }
    // What the dead had sent may still arrive.
    let orphans: Vec<u64> = house.net.lock().calls.keys().copied().collect();
    for call in orphans {
        house.net.hear(call);
    }
    house.net.lock().calls.clear();
    for server in 0..house.servers.len() {
        if house.servers[server].engine.is_none() {
            house.restart(server).await?;
        }
    }
    grants(house).await?;
    let admin = house.people[0].email.clone();
    let rooms: Vec<String> = house.rooms.iter().map(|room| room.email.clone()).collect();
    for room in rooms {
        let mut state = house.net.lock();
        if state.world.role(&admin, &room) != sandbox::world::access::Role::Owner {
            state.world.set_role(&room, &admin, sandbox::world::access::Role::Owner);
        }
    }
    connect(house, 0, Consent::Company).await?;
    for person in 0..house.people.len() {
        if house.plan.connected[person] {
            connect(house, person, Consent::Calendar).await?;
        }
    }
    Ok(())
}

/// Nobody's grant is away that nobody took back.
async fn grants(house: &House) -> Result<()> {
    // Where Google hands out a new refresh token each time, one whose answer was lost is gone for good.
    if house.plan.revoke || house.plan.google.rotate_refresh_tokens {
        return Ok(());
    }
    let store = house.store.company(house.company);
    let company = store.credential_get("google", OwnerKind::Company, &house.company.to_string()).await?;
    let mut all: Vec<_> = company.into_iter().collect();
    for person in &house.people {
        let id = person.cx.person.to_string();
        all.extend(store.credential_get("google", OwnerKind::Person, &id).await?);
    }
    for grant in all.iter().filter(|grant| grant.state == CredentialState::Revoked) {
        let mut state = house.net.lock();
        state.books.broken(format!(
            "a grant counts as revoked that nobody took back: {}",
            grant.owner_kind.as_str()
        ));
    }
    Ok(())
}

async fn connect(house: &mut House, person: usize, consent: Consent) -> Result<()> {
    let email = house.people[person].email.clone();
    let operation = house.connect(0, &email, consent)?;
    if !matches!(house.finish(operation).await, Some(Came::Connected(Ok(true)))) {
        house.net.lock().books.broken(format!("{email} cannot connect any more"));
    }
    Ok(())
}

/// Every server takes every step until there is nothing to do.
pub(crate) async fn one_round(house: &mut House, office: &mut Office) -> Result<()> {
    for server in 0..house.servers.len() {
        for step in Step::ALL {
            let mut taken = 0;
            while take(house, server, step).await {
                taken += 1;
                if taken > MOST {
                    house.net.lock().books.broken(format!("{} has no end", step.as_str()));
                    break;
                }
            }
        }
        office.collect(house);
        while office.waits(house.net.now().as_micros()) {
            office.deliver(house).await;
        }
    }
    // Rooms take their time to answer.
    house.net.pass(3_000_000);
    office.collect(house);
    Ok(())
}

async fn take(house: &mut House, server: usize, step: Step) -> bool {
    let Some(engine) = house.servers[server].engine.clone() else { return false };
    let doing = async move { Came::Step(engine.step(step).await.map_err(|failure| failure.to_string())) };
    let operation = house.begin(server, Deed::Step(step), doing);
    match house.finish(operation).await {
        Some(Came::Step(Ok(more))) => more,
        Some(Came::Step(Err(failure))) => {
            house.line(&format!("s{server} {} failed: {failure}", step.as_str()));
            false
        }
        _ => false,
    }
}

/// It stays so, and nobody writes or mails anything for it; the change log tells the same story.
async fn stays(house: &mut House, office: &mut Office, checks: &mut Checks) -> Result<()> {
    house.net.lock().books.quiet = true;
    for _ in 0..QUIET_ROUNDS {
        house.net.pass(house.plan.poll_secs * 700_000);
        one_round(house, office).await?;
    }
    checks.look(house).await?;
    let mut found = differences(house).await?;
    found.extend(wishes(house));
    found.extend(replay(house).await?);
    let mut state = house.net.lock();
    for what in found {
        state.books.broken(format!("CONVERGE: {what}"));
    }
    Ok(())
}

/// LIVE-GAPLESS: the change log from its beginning gives what the database shows.
async fn replay(house: &House) -> Result<Vec<String>> {
    let store = house.store.company(house.company);
    let mut replayed: BTreeMap<BlockKey, Block> = BTreeMap::new();
    let mut at = Seq(0);
    loop {
        let Some(logged) = store.changes_after(at).await? else {
            return Ok(vec!["the change log has lost its beginning".to_owned()]);
        };
        let Some(last) = logged.last() else { break };
        at = last.seq;
        for change in logged.into_iter().filter_map(|one| one.changes).flatten() {
            match change {
                Change::Upsert { block, .. } if block.state.is_drawn() => {
                    replayed.insert(block.key, block);
                }
                Change::Upsert { block, .. } => drop(replayed.remove(&block.key)),
                Change::Remove { key, .. } => drop(replayed.remove(&key)),
                Change::Room { .. } | Change::RoomGone { .. } => {}
            }
        }
    }
    let shown = crate::check::Blocks::read(house).await?;
    let now = house.net.now();
    let mut found = Vec::new();
    for block in &shown.all {
        if replayed.get(&block.key) != Some(block) {
            let told = replayed.get(&block.key);
            found.push(format!("the change log tells of {:?}: {told:?}, and there is {block:?}", block.key));
        }
    }
    let there: Vec<BlockKey> = shown.all.iter().map(|block| block.key).collect();
    for (key, block) in replayed.iter().filter(|(_, block)| block.range.end() > now) {
        if !there.contains(key) && block.range.start() < now.plus_minutes(50 * 1_440) {
            found.push(format!("the change log tells of {key:?}, which is gone"));
        }
    }
    Ok(found)
}
