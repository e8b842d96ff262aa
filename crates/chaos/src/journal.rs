//! The log of a run: a line of JSON for everything that begins and ends.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

/// Written to from everywhere.
pub(crate) struct Journal {
    file: Mutex<BufWriter<File>>,
    begun: Instant,
    next: AtomicU64,
}

/// Something under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    pub number: u64,
    /// Microseconds since the run began.
    pub began: u64,
}

impl Journal {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = Mutex::new(BufWriter::new(File::create(path)?));
        Ok(Self { file, begun: Instant::now(), next: AtomicU64::new(0) })
    }

    /// Microseconds since the run began.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Somebody begins something.
    pub(crate) fn begin(&self, who: &str, what: &Value) -> Op {
        let op = Op { number: self.next.fetch_add(1, Ordering::Relaxed), began: self.now() };
        self.line(&json!({ "at": op.began, "op": op.number, "begin": what, "who": who }));
        op
    }

    /// How it ended; answers when.
    pub(crate) fn end(&self, op: Op, how: &Value) -> u64 {
        let now = self.now();
        self.line(&json!({ "at": now, "op": op.number, "end": how }));
        now
    }

    /// Something that has no length.
    pub(crate) fn note(&self, what: &Value) {
        self.line(&json!({ "at": self.now(), "note": what }));
    }

    /// How many were begun.
    pub(crate) fn begun(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// What is written is in the file when this returns.
    pub(crate) fn flush(&self) {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).flush().ok();
    }

    fn line(&self, line: &Value) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written is noticed by whoever reads it; the run goes on.
        writeln!(file, "{line}").ok();
    }
}
