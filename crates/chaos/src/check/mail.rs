//! QUIET-REPAIR: guests hear of what people did, and of nothing else.

use std::collections::BTreeMap;

use sandbox::world::mail::Sent;

use crate::ledger::{Ledger, first_word};

/// Guests who were mailed more often than people changed a booking. A repeated attempt, an adopted event, a repair must
/// not be heard of. A booking that stands on its room's calendar moves to another room by an end there and a beginning
/// here: one mail of each for one change.
pub(crate) fn too_many<'a>(sent: impl Iterator<Item = &'a Sent>, ledger: &Ledger) -> Vec<String> {
    let mut mails: BTreeMap<(&str, &str, bool), usize> = BTreeMap::new();
    for mail in sent.filter(|mail| matches!(mail.kind, "invitation" | "update" | "cancellation")) {
        let title = mail.subject.split_once(": ").map_or("", |(_, title)| first_word(title));
        *mails.entry((mail.to.as_str(), title, mail.kind == "cancellation")).or_default() += 1;
    }
    let over = mails.into_iter().filter_map(|((to, title, _), count)| {
        if ledger.touched.contains(title) {
            return None;
        }
        // Making one is two writes of the ledger: the place and the title.
        let intents = ledger.intents(title)?.saturating_sub(1);
        (count > intents)
            .then(|| format!("{to} was mailed {count} times of {title}, changed {intents} times"))
    });
    over.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ledger::{Place, Wish, Write};

    fn mail(n: u64, kind: &'static str) -> Sent {
        Sent {
            n,
            at: String::new(),
            channel: "mail",
            to: "guest@example.org".to_owned(),
            kind,
            calendar: String::new(),
            event: String::new(),
            subject: "Invitation: r-1 v2".to_owned(),
        }
    }

    #[test]
    fn one_mail_a_change_is_right_and_one_more_is_not() {
        let place = Place { room: 1, start: 0, end: 900 };
        let wishes = [Wish::At(place), Wish::Titled("r-1".to_owned()), Wish::Cancelled];
        let writes = wishes.map(|wish| Write { booking: 7, began: 1, acknowledged: Some(2), wish });
        let titles = BTreeMap::from([(7, "r-1".to_owned())]);
        let mut told = Ledger { writes: writes.to_vec(), titles, ..Ledger::default() };
        let sent = [
            mail(0, "invitation"),
            mail(1, "room_declined"),
            mail(2, "cancellation"),
            mail(3, "update"),
            mail(4, "update"),
        ];
        assert_eq!(too_many(sent[..4].iter(), &told), Vec::<String>::new());
        assert_eq!(too_many(sent.iter(), &told).len(), 1);
        told.touched.insert("r-1".to_owned());
        assert_eq!(too_many(sent.iter(), &told), Vec::<String>::new());
    }
}
