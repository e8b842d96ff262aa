use proptest::prelude::*;

use super::*;

const EARLY: Instant = Instant::from_secs(1_000);
const LATE: Instant = Instant::from_secs(2_000);
const WHOLE: &[Field] = Held::WHOLE;
const EDITS: [Field; 5] = [Field::Title, Field::Time, Field::Room, Field::Private, Field::Guests];

fn held() -> impl Strategy<Value = Held> {
    let guests = prop::collection::btree_set("[a-d]@x", 0..4);
    let room = prop::option::of(prop::sample::select(vec!["halla@r", "seorak@r", "jiri@r"]));
    (0..4_i64, 1..3_i64, any::<bool>(), "[가나다]?", room, any::<bool>(), guests).prop_map(
        |(start, hours, all_day, title, room, private, guests)| Held {
            title,
            range: TimeRange::new(
                Instant::from_secs(start * 3_600),
                Instant::from_secs((start + hours) * 3_600),
            )
            .unwrap(),
            all_day,
            room: room.map(str::to_owned),
            private,
            guests,
        },
    )
}

/// What somebody who changed `base` into `held` at `at` waits for.
fn wishes(base: &Held, held: &Held, at: Instant) -> BTreeMap<Field, Instant> {
    let changed = EDITS.into_iter().filter(|field| !held.agrees(base, *field));
    changed.map(|field| (field, at)).collect()
}

fn merged(base: &Held, (ours, at): (&Held, Instant), (theirs, updated): (&Held, Instant)) -> Merged {
    let wishes = wishes(base, ours, at);
    merge(
        Ours { held: ours, base, replaced: &[], wishes: &wishes },
        Theirs { held: theirs, updated: Some(updated) },
    )
}

/// `base` with the chosen fields of `other`.
fn with(base: &Held, other: &Held, fields: &[Field]) -> Held {
    let mut held = base.clone();
    for field in fields {
        held.take(other, *field);
    }
    held
}

proptest! {
    #[test]
    fn what_one_side_changed_is_what_it_comes_to(base in held(), other in held()) {
        let here = merged(&base, (&other, EARLY), (&base, LATE));
        prop_assert_eq!(&here.held, &other);
        prop_assert_eq!(here.push, wishes(&base, &other, EARLY).into_keys().collect::<BTreeSet<_>>());
        let there = merged(&base, (&base, LATE), (&other, EARLY));
        prop_assert_eq!(&there.held, &other);
        prop_assert!(there.push.is_empty());
        prop_assert!(here.settled.is_empty() && there.settled.is_empty());
    }

    #[test]
    fn changes_of_different_fields_both_survive(
        base in held(), ours in held(), theirs in held(),
        fields in Just(EDITS.to_vec()).prop_shuffle(), split in 0..=5_usize, late in any::<bool>(),
    ) {
        let (here, there) = fields.split_at(split);
        let (ours, theirs) = (with(&base, &ours, here), with(&base, &theirs, there));
        let (at, updated) = if late { (LATE, EARLY) } else { (EARLY, LATE) };
        let merged = merged(&base, (&ours, at), (&theirs, updated));
        prop_assert_eq!(&merged.held, &with(&theirs, &ours, here));
        prop_assert!(merged.settled.is_empty());
    }

    #[test]
    fn of_the_same_field_the_later_wish_wins(base in held(), ours in held(), theirs in held()) {
        for (at, updated, winner) in [(EARLY, LATE, Side::Google), (LATE, EARLY, Side::Roomly)] {
            let merged = merged(&base, (&ours, at), (&theirs, updated));
            for field in WHOLE.iter().copied() {
                let both = !ours.agrees(&base, field) && !theirs.agrees(&base, field);
                let differ = both && !ours.agrees(&theirs, field);
                let told = merged.settled.iter().find(|settled| settled.field == field);
                prop_assert_eq!(told.map(|told| told.winner), differ.then_some(winner));
                let later = if winner == Side::Google { &theirs } else { &ours };
                prop_assert!(!differ || merged.held.agrees(later, field));
            }
        }
    }

    #[test]
    fn which_side_is_called_ours_does_not_matter(base in held(), one in held(), other in held()) {
        let here = merged(&base, (&one, EARLY), (&other, LATE));
        let there = merged(&base, (&other, LATE), (&one, EARLY));
        prop_assert_eq!(here.held, there.held);
        let fields = |merged: &[Settled]| merged.iter().map(|settled| settled.field).collect::<Vec<_>>();
        prop_assert_eq!(fields(&here.settled), fields(&there.settled));
    }

    #[test]
    fn what_nobody_touched_stays(base in held(), ours in held(), theirs in held(), late in any::<bool>()) {
        let (at, updated) = if late { (LATE, EARLY) } else { (EARLY, LATE) };
        let merged = merged(&base, (&ours, at), (&theirs, updated));
        for field in EDITS {
            let untouched = ours.agrees(&base, field) && theirs.agrees(&base, field);
            prop_assert!(!untouched || merged.held.agrees(&base, field), "{:?}", field);
        }
        for guest in base.guests.iter().chain(&ours.guests).chain(&theirs.guests) {
            let (was, here, there) =
                (base.guests.contains(guest), ours.guests.contains(guest), theirs.guests.contains(guest));
            let expected = if here == there { here } else { !was };
            prop_assert_eq!(merged.held.guests.contains(guest), expected, "{}", guest);
        }
    }

    #[test]
    fn merging_again_changes_nothing(base in held(), ours in held(), theirs in held(), late in any::<bool>()) {
        let (at, updated) = if late { (LATE, EARLY) } else { (EARLY, LATE) };
        let once = merged(&base, (&ours, at), (&theirs, updated));
        let waiting = once.push.iter().map(|field| (*field, at)).collect();
        let again = merge(
            Ours { held: &once.held, base: &theirs, replaced: &[], wishes: &waiting },
            Theirs { held: &theirs, updated: Some(updated) },
        );
        prop_assert_eq!(&again.held, &once.held);
        prop_assert_eq!(again.push, once.push);
        prop_assert!(again.settled.is_empty());
    }

    /// The push of a wish that was replaced meanwhile comes back: nobody changed anything in Google.
    #[test]
    fn an_echo_of_ours_is_no_change_of_theirs(base in held(), first in held(), second in held()) {
        let mut waiting = wishes(&base, &first, EARLY);
        waiting.extend(wishes(&first, &second, EARLY));
        let replaced = [first.clone()];
        let merged = merge(
            Ours { held: &second, base: &base, replaced: &replaced, wishes: &waiting },
            Theirs { held: &first, updated: Some(LATE) },
        );
        prop_assert_eq!(merged.held, second);
        prop_assert!(merged.settled.is_empty());
    }

    #[test]
    fn a_cancellation_is_undone_by_a_later_edit_and_by_nothing_else(base in held(), theirs in held()) {
        let cancelled = |at, theirs: &Held, updated| {
            let wishes = BTreeMap::from([(Field::Cancel, at)]);
            merge(
                Ours { held: &base, base: &base, replaced: &[], wishes: &wishes },
                Theirs { held: theirs, updated },
            )
        };
        let edited = theirs != base;
        let later = cancelled(EARLY, &theirs, Some(LATE));
        prop_assert_eq!(later.cancelled, !edited, "an answer of a guest is no edit");
        prop_assert!(!edited || later.held == theirs);
        for merged in [cancelled(LATE, &theirs, Some(EARLY)), cancelled(LATE, &theirs, None)] {
            prop_assert!(merged.cancelled);
            let winner = Side::Roomly;
            prop_assert_eq!(merged.settled, if edited { vec![Settled { field: Field::Cancel, winner }] } else { vec![] });
            prop_assert_eq!(merged.push, BTreeSet::from([Field::Cancel]));
        }
        prop_assert!(cancelled(EARLY, &base, Some(LATE)).settled.is_empty());
    }
}

#[test]
fn a_change_and_back_again_is_no_wish() {
    let range = TimeRange::new(EARLY, LATE).unwrap();
    let base = Held {
        title: "주간 회의".into(),
        range,
        all_day: false,
        room: None,
        private: false,
        guests: BTreeSet::new(),
    };
    let theirs = Held { title: "분기 회의".into(), ..base.clone() };
    let wishes = BTreeMap::from([(Field::Title, LATE)]);
    let merged = merge(
        Ours { held: &base, base: &base, replaced: &[], wishes: &wishes },
        Theirs { held: &theirs, updated: Some(EARLY) },
    );
    assert_eq!((merged.held.title.as_str(), merged.settled), ("분기 회의", vec![]));
}
