//! What a complete listing lacks is asked for one by one (NO-ABSENCE-DELETE, `sync::absence`).

use model::CompanyId;
use sync::absence::{self, Confirmation};
use sync::port::{RemoteEvent, Secret};

use crate::engine::Engine;

/// So often an event is asked for that Google says it does not find. What is deleted is cancelled or a 410: a 404 may be a lie, and
/// two in a row that come with a listing that lies as well would lose a booking.
const TIMES: usize = 3;

/// What became of events that a listing lacks.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) gone: Vec<String>,
    /// The listing was wrong.
    pub(crate) alive: Vec<RemoteEvent>,
    /// Questions without an answer to go by.
    pub(crate) unsure: i64,
}

impl Engine {
    /// Asks for each of the events `ids` that the listing of `calendar` lacks, which ended with `sync_token`.
    pub(crate) async fn ask_for_absent(
        &self,
        company: CompanyId,
        token: &Secret,
        (calendar, sync_token): (&str, &str),
        ids: Vec<String>,
    ) -> Asked {
        let (mut asked, mut left) = (Asked::default(), ids);
        for _ in 0..TIMES {
            let questions = left.iter().map(|id| absence::question(calendar, id)).collect();
            let answers = self.ask_all(company, token, questions).await;
            let mut not_found = Vec::new();
            for (id, answer) in left.into_iter().zip(answers) {
                match absence::confirm(answer) {
                    Confirmation::Gone => asked.gone.push(id),
                    Confirmation::NotFound => not_found.push(id),
                    Confirmation::Alive(event) => asked.alive.push(*event),
                    Confirmation::Unsure => asked.unsure += 1,
                }
            }
            left = not_found;
            if left.is_empty() {
                return asked;
            }
        }
        let question = absence::still_there(calendar, sync_token);
        if absence::is_in_reach(&self.ask(company, token, question).await) {
            asked.gone.append(&mut left);
        }
        asked.unsure += i64::try_from(left.len()).unwrap_or(i64::MAX);
        asked
    }
}
