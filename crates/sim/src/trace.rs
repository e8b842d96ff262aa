//! The trace: everything that happened, in order, as one hash. One seed and one build give one hash.

use sha2::{Digest as _, Sha256};

use crate::call::Asked;
use crate::plan::Fault;

/// Lines that are kept for whoever reads them.
const KEPT: usize = 100_000;

#[derive(Default)]
pub(crate) struct Trace {
    digest: Sha256,
    /// Kept if somebody wants to read them.
    pub(crate) lines: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn line(&mut self, text: &str) {
        self.digest.update(text.as_bytes());
        self.digest.update(b"\n");
        if let Some(lines) = self.lines.as_mut().filter(|lines| lines.len() < KEPT) {
            lines.push(text.to_owned());
        }
    }

    pub(crate) fn call(
        &mut self,
        server: usize,
        asked: &Asked,
        fault: Option<Fault>,
        status: u16,
        body: &[u8],
    ) {
        self.digest.update(asked.body.to_string().as_bytes());
        self.digest.update(body);
        let fault = fault.map_or("", Fault::word);
        let detail = if asked.writes() && self.lines.is_some() {
            format!(" {} if-match {:?}", asked.body, asked.if_match)
        } else if self.lines.is_some() {
            items(body)
        } else {
            String::new()
        };
        self.line(&format!("  s{server} {} {} -> {status} {fault}{detail}", asked.method, asked.target));
    }

    /// The hash so far, hexadecimal.
    pub(crate) fn hash(&self) -> String {
        self.digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What an answer tells of, for whoever reads the story.
fn items(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let one = |item: &serde_json::Value| {
        let start = &item["start"];
        let at = start["dateTime"].as_str().or(start["date"].as_str()).unwrap_or_default();
        format!(
            " {} {} {at}",
            item["id"].as_str().unwrap_or_default(),
            item["status"].as_str().unwrap_or_default()
        )
    };
    match body["items"].as_array() {
        Some(items) => items.iter().map(one).collect::<Vec<_>>().join(";"),
        None => one(&body),
    }
}
