//! A second event of one booking: an insert was repeated, and Google did not notice that its id was taken (F-039).

use super::BOOKING_PROPERTY;
use crate::port::{Notify, Outcome, RemoteOp};

/// The call that takes a second event away, where the answer to an insert shows that it made one: ours by its mark, and
/// by another id than was asked for. Nobody was ever told of it, so nobody is now; the first one is found by its id.
pub fn second(op: &RemoteOp, outcome: &Outcome) -> Option<RemoteOp> {
    let (RemoteOp::EventInsert { calendar, body, .. }, Outcome::Event(made)) = (op, outcome) else {
        return None;
    };
    let asked = body["id"].as_str()?;
    let ours = body["extendedProperties"]["private"][BOOKING_PROPERTY].as_str()?;
    let marked = made.private_props.get(BOOKING_PROPERTY).is_some_and(|mark| mark == ours);
    (marked && made.id != asked).then(|| RemoteOp::EventDelete {
        calendar: calendar.clone(),
        event: made.id.clone(),
        if_match: None,
        notify: Notify::None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::event;

    fn body(id: &str, mark: &str) -> Value {
        json!({ "id": id, "extendedProperties": { "private": { "roomly_booking_id": mark } } })
    }

    #[test]
    fn only_what_an_insert_of_ours_made_under_another_id_goes() {
        let insert =
            RemoteOp::EventInsert { calendar: "p".into(), body: body("a", "b1"), notify: Notify::All };
        let made = |id: &str, mark: &str| Outcome::Event(Box::new(event(&body(id, mark))));
        let delete = RemoteOp::EventDelete {
            calendar: "p".into(),
            event: "other".into(),
            if_match: None,
            notify: Notify::None,
        };
        assert_eq!(second(&insert, &made("other", "b1")), Some(delete));
        assert_eq!(second(&insert, &made("a", "b1")), None);
        assert_eq!(second(&insert, &made("other", "b2")), None, "somebody else's");
        assert_eq!(second(&insert, &Outcome::Event(Box::new(event(&json!({ "id": "other" }))))), None);
        assert_eq!(second(&insert, &Outcome::Deleted), None);
        let get = RemoteOp::EventGet { calendar: "p".into(), event: "a".into() };
        assert_eq!(second(&get, &made("other", "b1")), None);
    }
}
