//! The houses of these stories, and people who live in all of them.

use testkit::{House, Setup};

pub(crate) const MINA: &str = "mina@hanbit.example";
pub(crate) const JOON: &str = "joon@hanbit.example";
pub(crate) const SEOYEON: &str = "seoyeon@hanbit.example";
pub(crate) const ADA: &str = "ada@acme.example";

/// The periodic pass is far away: only push explains a change that arrives in time.
pub(crate) const PUSH_ONLY: u32 = 600;

pub(crate) const SMALL: Setup = Setup {
    binary: env!("CARGO_BIN_EXE_roomly"),
    folder: env!("CARGO_TARGET_TMPDIR"),
    poll_seconds: PUSH_ONLY,
    seeded: false,
};

/// Two small companies without bookings.
pub(crate) async fn small() -> House {
    House::open(SMALL).await
}

/// A small house with one server in every run, and these settings: for what is one process's own.
pub(crate) async fn alone(settings: &[(&str, &str)]) -> House {
    House::open_on(SMALL, None, settings).await
}

/// The demo's companies.
pub(crate) async fn seeded() -> House {
    House::open(Setup { seeded: true, ..SMALL }).await
}

/// A small house that polls.
pub(crate) async fn polling(seconds: u32) -> House {
    House::open(Setup { poll_seconds: seconds, ..SMALL }).await
}

/// The text with `ID` for a word; whole words only: the number 3 is not in 30.
pub(crate) fn replaced(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
        let whole = !part(rest[..at].chars().next_back()) && !part(rest[at + word.len()..].chars().next());
        out.push_str(&rest[..at]);
        out.push_str(if whole { "ID" } else { word });
        rest = &rest[at + word.len()..];
    }
    out.push_str(rest);
    out
}
