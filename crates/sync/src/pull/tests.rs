//! Listings with everything that they may do.

use super::*;
use crate::testing::event;
use proptest::prelude::*;
use serde_json::json;

fn remote(id: &str, updated: Option<&str>, title: &str) -> RemoteEvent {
    event(&json!({ "id": id, "summary": title, "updated": updated }))
}

fn page(events: Vec<RemoteEvent>, next: Option<&str>, sync: Option<&str>) -> Outcome {
    Outcome::Page(Page {
        events,
        next_page_token: next.map(str::to_owned),
        next_sync_token: sync.map(str::to_owned),
        zone: Some("Asia/Seoul".into()),
    })
}

fn list(sync: Option<&str>, page: Option<&str>) -> RemoteOp {
    RemoteOp::EventsList {
        calendar: "room".into(),
        sync_token: sync.map(str::to_owned),
        page_token: page.map(str::to_owned),
    }
}

fn gone() -> Outcome {
    Outcome::Failed(Failure::FullSyncRequired)
}

#[test]
fn the_sync_token_goes_with_every_page_and_empty_pages_go_on() {
    let mut pull = Pull::new("room", Some("s1".into()));
    assert_eq!(pull.next(), list(Some("s1"), None));
    assert_eq!(pull.absorb(page(vec![], Some("p1"), None)), PullStep::Call(list(Some("s1"), Some("p1"))));
    assert_eq!(pull.absorb(page(vec![], Some("p2"), None)), PullStep::Call(list(Some("s1"), Some("p2"))));
    let PullStep::Finished(pulled) = pull.absorb(page(vec![remote("a", None, "")], None, Some("s2"))) else {
        panic!()
    };
    assert_eq!((pulled.sync_token.as_str(), pulled.full, pulled.events.len()), ("s2", false, 1));
    assert_eq!(pulled.zone.as_deref(), Some("Asia/Seoul"));
}

#[test]
fn a_refused_token_begins_again_in_full_and_forgets_what_it_saw() {
    for refusal in [
        gone(),
        Outcome::Failed(Failure::Deleted),
        Outcome::Failed(Failure::Rejected { status: 400, reason: "invalid".into() }),
    ] {
        let mut pull = Pull::new("room", Some("s1".into()));
        pull.absorb(page(vec![remote("stale", None, "")], Some("p1"), None));
        assert_eq!(pull.absorb(refusal), PullStep::Call(list(None, None)));
        let PullStep::Finished(pulled) = pull.absorb(page(vec![remote("a", None, "")], None, Some("s2")))
        else {
            panic!()
        };
        assert!(pulled.full);
        assert_eq!(pulled.events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["a"]);
    }
}

#[test]
fn gone_twice_fails() {
    let mut pull = Pull::new("room", Some("s1".into()));
    pull.absorb(gone());
    assert!(matches!(pull.absorb(gone()), PullStep::Failed(PullFailure::Malformed { .. })));
    let mut full = Pull::new("room", None);
    assert!(matches!(full.absorb(gone()), PullStep::Failed(PullFailure::Malformed { .. })));
}

/// F-023.
#[test]
fn circles_are_noticed() {
    let mut pull = Pull::new("room", None);
    pull.absorb(page(vec![], Some("p1"), None));
    pull.absorb(page(vec![], Some("p2"), None));
    assert!(matches!(
        pull.absorb(page(vec![], Some("p1"), None)),
        PullStep::Failed(PullFailure::Malformed { .. })
    ));

    let mut endless = Pull::new("room", None);
    let mut pages = 0u32;
    let failure = loop {
        pages += 1;
        match endless.absorb(page(vec![], Some(&format!("p{pages}")), None)) {
            PullStep::Call(_) => {}
            step => break step,
        }
    };
    assert!(matches!(failure, PullStep::Failed(PullFailure::Malformed { .. })));
    assert_eq!(pages, MAX_PAGES);
}

#[test]
fn a_listing_without_its_last_word_is_none() {
    for token in [None, Some("")] {
        let mut pull = Pull::new("room", None);
        assert!(matches!(
            pull.absorb(page(vec![remote("a", None, "")], None, token)),
            PullStep::Failed(PullFailure::Malformed { .. })
        ));
    }
}

#[test]
fn failures_say_what_helps_and_leave_the_page_to_be_asked_again() {
    let mut pull = Pull::new("room", Some("s1".into()));
    pull.absorb(page(vec![], Some("p1"), None));
    for (failure, word, retryable) in [
        (Failure::Unknown { detail: "x".into() }, "retry", true),
        (Failure::Malformed { detail: "html".into() }, "retry", true),
        (Failure::RateLimited { retry_after_secs: Some(9) }, "rate_limited", true),
        (Failure::Unauthorized, "refresh_token", true),
        (Failure::NotFound, "access_lost", false),
        (Failure::Forbidden { reason: "forbidden".into() }, "access_lost", false),
    ] {
        let PullStep::Failed(failure) = pull.absorb(Outcome::Failed(failure)) else { panic!() };
        assert_eq!((failure.word(), failure.retryable()), (word, retryable));
        assert_eq!(pull.next(), list(Some("s1"), Some("p1")));
    }
    let PullStep::Failed(limited) =
        pull.absorb(Outcome::Failed(Failure::RateLimited { retry_after_secs: Some(9) }))
    else {
        panic!()
    };
    assert_eq!(limited.hint_secs(), Some(9));
}

/// F-026.
#[test]
fn of_two_copies_the_younger_wins_and_of_equals_the_later() {
    let (old, new) = (Some("2026-01-01T00:00:00Z"), Some("2026-01-02T00:00:00Z"));
    for (first, second, expected) in [
        (old, new, "second"),
        (new, old, "first"),
        (new, new, "second"),
        (None, None, "second"),
        (None, old, "second"),
        (old, None, "first"),
    ] {
        let mut pull = Pull::new("room", None);
        pull.absorb(page(vec![remote("a", first, "first")], Some("p"), None));
        let PullStep::Finished(pulled) =
            pull.absorb(page(vec![remote("a", second, "second")], None, Some("s")))
        else {
            panic!()
        };
        assert_eq!(pulled.events[0].title.as_deref(), Some(expected));
    }
}

proptest! {
    /// However a listing is cut into pages, and wherever pages are asked for again, the result is the same.
    #[test]
    fn paging_does_not_matter(
        ids in prop::collection::vec("[a-z]{1,3}", 0..40),
        cuts in prop::collection::vec(0usize..40, 0..6),
        hiccups in prop::collection::vec(any::<bool>(), 8),
    ) {
        let events: Vec<_> = ids.iter().enumerate().map(|(n, id)| remote(id, None, &n.to_string())).collect();
        let mut whole = Pull::new("room", None);
        let PullStep::Finished(whole) = whole.absorb(page(events.clone(), None, Some("s"))) else { panic!() };

        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(events.len())).collect();
        cuts.sort_unstable();
        cuts.push(events.len());
        let mut pull = Pull::new("room", None);
        let mut from = 0;
        for (n, to) in cuts.iter().enumerate() {
            if hiccups[n] {
                let before = pull.next();
                pull.absorb(Outcome::Failed(Failure::Unknown { detail: "lost".into() }));
                prop_assert_eq!(pull.next(), before);
            }
            let slice = events[from..*to].to_vec();
            from = *to;
            let last = n + 1 == cuts.len();
            let step = if last {
                pull.absorb(page(slice, None, Some("s")))
            } else {
                pull.absorb(page(slice, Some(&format!("p{n}")), None))
            };
            match step {
                PullStep::Finished(pulled) => prop_assert_eq!(&pulled, &whole),
                PullStep::Call(_) => prop_assert!(!last),
                PullStep::Failed(failure) => prop_assert!(false, "{:?}", failure),
            }
        }
    }
}

#[test]
fn once_a_day_everything_is_listed() {
    let minute = |minutes: i64| Instant::from_secs(1_795_000_000).plus_minutes(minutes);
    for calendar in ["a@resource.calendar.google.com", "b@resource.calendar.google.com"] {
        assert!(full_is_due(calendar, None, minute(0)), "never pulled");
        // Every five minutes for ten days, each pull remembered.
        let mut full = Vec::new();
        for at in (5..14_400).step_by(5) {
            if full_is_due(calendar, Some(minute(at - 5)), minute(at)) {
                full.push(at);
            }
        }
        assert_eq!(full.len(), 10);
        assert!(full.windows(2).all(|two| two[1] - two[0] == 1_440), "{full:?}");
        assert!(full_is_due(calendar, Some(minute(0)), minute(1_440)), "after a day of silence");
    }
}

#[test]
fn calendars_are_listed_at_times_of_their_own() {
    let minute = |minutes: i64| Instant::from_secs(1_795_000_000).plus_minutes(minutes);
    let hour_of = |number: i64| {
        let calendar = format!("c_{number}@resource.calendar.google.com");
        (0..24).find(|hour| full_is_due(&calendar, Some(minute(hour * 60)), minute((hour + 1) * 60)))
    };
    let hours: BTreeSet<_> = (0..100).map(hour_of).collect();
    assert!(hours.len() > 15 && !hours.contains(&None), "{hours:?}");
}
