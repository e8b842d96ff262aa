//! Roomly's servers: hurt one at a time, started again whenever one ends.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use testkit::Roomly;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

use crate::journal::Journal;

const GLANCE: Duration = Duration::from_millis(40);
/// How long a server may take until it is ready: its database may be away.
const READY: Duration = Duration::from_secs(30);
/// SIGABRT: what a process dies of at a named place.
const ABORTED: i32 = 6;
const KILLED: i32 = 9;

/// One server.
pub(crate) struct Slot {
    roomly: Roomly,
    /// It is to die by itself.
    armed: bool,
    /// It was ready since it was started.
    ready: bool,
}

pub(crate) struct Servers {
    slots: Vec<Mutex<Slot>>,
    /// Their addresses.
    pub roots: Vec<String>,
    /// Processes that were killed or died at a named place.
    pub kills: AtomicUsize,
    /// Of these, the latter.
    pub crashes: AtomicUsize,
    wrong: std::sync::Mutex<Vec<String>>,
}

impl Servers {
    /// Of programs that run.
    pub(crate) fn new(programs: Vec<Roomly>) -> Self {
        let roots = programs.iter().map(|roomly| roomly.root.clone()).collect();
        let slots = programs.into_iter().map(|roomly| Mutex::new(Slot { roomly, armed: false, ready: true }));
        let (kills, crashes) = Default::default();
        Self { slots: slots.collect(), roots, kills, crashes, wrong: std::sync::Mutex::default() }
    }

    /// What servers did that they must not.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }

    /// What all of them wrote to standard error.
    pub(crate) async fn log(&self) -> String {
        let mut log = String::new();
        for slot in &self.slots {
            log.push_str(&slot.lock().await.roomly.log());
        }
        log
    }

    /// Starts again what ends; never returns.
    pub(crate) async fn supervise(&self, journal: &Journal) {
        loop {
            sleep(GLANCE).await;
            for (index, slot) in self.slots.iter().enumerate() {
                // Whoever has it is at it.
                if let Ok(mut slot) = slot.try_lock() {
                    self.look(index, &mut slot, journal).await;
                }
            }
        }
    }

    /// SIGKILL, and a start after a while.
    pub(crate) async fn kill(&self, index: usize, down: Duration, journal: &Journal) {
        let mut slot = self.running(index, journal).await;
        self.end_now(index, &mut slot, journal).await;
        sleep(down).await;
        self.start(index, slot, journal).await;
    }

    /// SIGKILL, and a start with a place to die at.
    pub(crate) async fn arm(&self, index: usize, wish: &str, journal: &Journal) {
        let mut slot = self.running(index, journal).await;
        self.end_now(index, &mut slot, journal).await;
        slot.roomly.set("ROOMLY_CHAOS_CRASH", wish);
        slot.armed = true;
        self.start(index, slot, journal).await;
    }

    /// SIGSTOP, and SIGCONT after a while.
    pub(crate) async fn freeze(&self, index: usize, still: Duration, journal: &Journal) {
        let slot = self.running(index, journal).await;
        slot.roomly.pause().await;
        sleep(still).await;
        slot.roomly.go_on().await;
    }

    /// SIGTERM, its end, and a start.
    pub(crate) async fn restart(&self, index: usize, journal: &Journal) {
        let mut slot = self.running(index, journal).await;
        slot.roomly.terminate().await;
        let status = slot.roomly.ended().await;
        if !status.success() {
            self.ended(index, &mut slot, status, journal);
        }
        self.start(index, slot, journal).await;
    }

    /// Waits until all of them are ready. One that did not come to the place where it was to die is killed now, so that it does
    /// not die there later.
    pub(crate) async fn all_ready(&self, journal: &Journal) {
        for index in 0..self.slots.len() {
            let mut slot = self.running(index, journal).await;
            if slot.armed {
                self.end_now(index, &mut slot, journal).await;
                self.start(index, slot, journal).await;
            } else {
                self.wait(index, slot, journal).await;
            }
        }
    }

    /// The server, running.
    async fn running(&self, index: usize, journal: &Journal) -> MutexGuard<'_, Slot> {
        let mut slot = self.slots[index].lock().await;
        self.look(index, &mut slot, journal).await;
        slot
    }

    async fn look(&self, index: usize, slot: &mut Slot, journal: &Journal) {
        if let Some(status) = slot.roomly.exited() {
            self.ended(index, slot, status, journal);
        }
        if !slot.roomly.runs() {
            slot.ready = false;
            slot.roomly.launch();
        } else if !slot.ready && slot.roomly.is_ready().await {
            slot.ready = true;
        }
    }

    async fn end_now(&self, index: usize, slot: &mut Slot, journal: &Journal) {
        let status = slot.roomly.end_now().await;
        if status.signal() == Some(KILLED) {
            self.kills.fetch_add(1, Ordering::Relaxed);
        } else {
            self.ended(index, slot, status, journal);
        }
        self.disarm(slot);
    }

    /// It ended, and nobody killed it.
    fn ended(&self, index: usize, slot: &mut Slot, status: ExitStatus, journal: &Journal) {
        journal.note(&json!({ "server": index, "ended": status.to_string(), "armed": slot.armed, "ready": slot.ready }));
        if slot.armed && status.signal() == Some(ABORTED) {
            self.kills.fetch_add(1, Ordering::Relaxed);
            self.crashes.fetch_add(1, Ordering::Relaxed);
            self.disarm(slot);
        } else if slot.ready {
            self.wrong.lock().unwrap().push(format!("server {index} ended by itself: {status}"));
        }
    }

    fn disarm(&self, slot: &mut Slot) {
        slot.armed = false;
        slot.roomly.set("ROOMLY_CHAOS_CRASH", "");
    }

    async fn start(&self, index: usize, mut slot: MutexGuard<'_, Slot>, journal: &Journal) {
        slot.ready = false;
        slot.roomly.launch();
        self.wait(index, slot, journal).await;
    }

    /// A server without its database does not start; then it is started again.
    async fn wait(&self, index: usize, mut slot: MutexGuard<'_, Slot>, journal: &Journal) {
        let end = Instant::now() + READY;
        while !slot.ready {
            self.look(index, &mut slot, journal).await;
            if Instant::now() > end {
                self.wrong.lock().unwrap().push(format!("server {index} was not ready within {READY:?}"));
                return;
            }
            sleep(GLANCE).await;
        }
    }
}
