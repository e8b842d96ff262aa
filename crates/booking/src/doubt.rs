//! Pulled events that came without a list which they had: each is asked for alone before it is believed
//! (`sync::doubt`).

use model::CompanyId;
use store::CalendarRow;
use sync::absence::{self, Confirmation};
use sync::doubt;
use sync::port::{RemoteEvent, Secret};

use crate::engine::Engine;
use crate::failure::Failure;

impl Engine {
    /// Replaces what is doubtful among `events` by what Google says of it when asked for it alone. Answers whether a
    /// question stayed without an answer: such an event is left out, and has to be pulled again.
    pub(crate) async fn settle_doubts(
        &self,
        company: CompanyId,
        calendar: &CalendarRow,
        events: &mut Vec<RemoteEvent>,
        token: &Secret,
    ) -> Result<bool, Failure> {
        // Of a calendar that was never pulled nothing is known that could be lacking.
        if calendar.last_pull_at.is_none() {
            return Ok(false);
        }
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        let mut last = self.company(company).copies(&calendar.google_id, &ids).await?;
        let (mut settled, mut unsure) = (Vec::with_capacity(events.len()), false);
        for event in events.drain(..) {
            let last = last.remove(&event.id);
            let Some(last) = last.filter(|last| doubt::lacks_a_list(&event, &last.raw)) else {
                settled.push(event);
                continue;
            };
            let question = absence::question(&calendar.google_id, &event.id);
            match absence::confirm(self.ask(company, token, question).await) {
                Confirmation::Alive(mut event) => {
                    doubt::keep_guests(&mut event, &last.raw, &calendar.google_id);
                    settled.push(*event);
                }
                // It changed again meanwhile, and Google will tell of that; or there was no answer.
                Confirmation::Gone | Confirmation::Unsure => {
                    tracing::warn!(calendar.id = %calendar.id, event.id = %last.event, "An event's lists are in doubt");
                    unsure = true;
                }
            }
        }
        *events = settled;
        Ok(unsure)
    }
}
