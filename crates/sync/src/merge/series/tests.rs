use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const EARLY: Instant = Instant::from_secs(1_000);
const LATE: Instant = Instant::from_secs(2_000);
const ZONE: &str = "Asia/Seoul";
const HOUR: i64 = 3_600_000_000;

fn times(hour: u32, count: u32) -> Times {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 7).unwrap();
    Times {
        start: day.and_hms_opt(hour, 0, 0).unwrap(),
        zone: ZONE.into(),
        duration: HOUR,
        lines: vec![format!("RRULE:FREQ=WEEKLY;COUNT={count}")],
    }
}

/// The original start of the n-th date of a series at ten.
fn slot(n: u32) -> Instant {
    at(&times(10, 9), n)
}

fn at(times: &Times, n: u32) -> Instant {
    let zone = zone::parse(ZONE).unwrap();
    let wall = times.start.checked_add_days(chrono::Days::new(u64::from(n) * 7)).unwrap();
    Start::Zoned { wall, zone }.slot().instant(zone)
}

fn some<T: std::fmt::Debug + Clone + 'static>(
    of: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    prop::option::of(of).boxed()
}

fn guests() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[a-c]@x", 0..3)
}

fn rooms() -> impl Strategy<Value = BTreeSet<String>> {
    prop::sample::select(vec!["halla@r", "seorak@r", "jiri@r"])
        .prop_map(|room| BTreeSet::from([room.to_owned()]))
}

fn shared_of(
    hour: impl Strategy<Value = u32>,
    count: impl Strategy<Value = u32>,
) -> impl Strategy<Value = Shared> {
    ("[가나다]", any::<bool>(), hour, count, rooms(), guests()).prop_map(
        |(title, private, hour, count, rooms, guests)| Shared {
            title,
            private,
            times: times(hour, count),
            rooms,
            guests,
        },
    )
}

fn shared_any() -> impl Strategy<Value = Shared> {
    shared_of(9..12_u32, 4..7_u32)
}

fn own_any() -> impl Strategy<Value = Own> {
    (some("[라마바]"), some(0..3_u32), some(rooms())).prop_map(|(title, hour, rooms)| Own {
        title,
        range: hour.and_then(|hour| {
            let start = Instant::from_secs(1_800_000_000 + i64::from(hour) * 3_600);
            TimeRange::new(start, start.plus_micros(HOUR))
        }),
        rooms,
        ..Own::default()
    })
}

/// Dates of a series of at least four, by number.
fn dates_any() -> impl Strategy<Value = BTreeMap<u32, Own>> {
    prop::collection::btree_map(0..4_u32, own_any(), 0..4)
}

fn series(shared: &Shared, dates: &BTreeMap<u32, Own>) -> HeldSeries {
    let mut held = HeldSeries { shared: shared.clone(), dates: BTreeMap::new() };
    for (n, own) in dates {
        held.put(at(&shared.times, *n), own.clone());
    }
    held
}

fn fields_of<H: Fields>(was: &H, is: &H, at: Instant) -> BTreeMap<Field, Instant> {
    edits::<H>().filter(|field| !was.agrees(is, *field)).map(|field| (field, at)).collect()
}

/// What somebody who made `held` of `base` at `at` waits for.
fn wishes(base: &HeldSeries, held: &HeldSeries, at: Instant) -> Wishes {
    let shared = fields_of(&base.shared, &held.shared, at);
    let mut wishes = Wishes { shared, ..Wishes::default() };
    for (slot, was, is) in base.changed_by(held) {
        let of_date = fields_of(&was, &is, at);
        if !of_date.is_empty() {
            wishes.dates.entry(slot).or_default().extend(of_date);
        }
    }
    wishes
}

/// Both sides put together: the master first, then each date that Google shows otherwise than before.
struct Both {
    held: HeldSeries,
    base: HeldSeries,
    wishes: Wishes,
    push: BTreeSet<Field>,
    says: BTreeSet<Instant>,
    settled: Vec<Settled>,
    lost: BTreeSet<Instant>,
}

fn both(
    base: &HeldSeries,
    (ours, at): (&HeldSeries, Instant),
    (theirs, updated): (&HeldSeries, Instant),
) -> Both {
    merged_again(base, ours, wishes(base, ours, at), (theirs, updated))
}

fn merged_again(
    base: &HeldSeries,
    ours: &HeldSeries,
    wishes: Wishes,
    (theirs, updated): (&HeldSeries, Instant),
) -> Both {
    let ours = OurSeries { held: ours, base, replaced: &[], wishes: &wishes };
    let merged = merge_shared(ours, &theirs.shared, Some(updated));
    let mut wishes = wishes.clone();
    wishes.shared.retain(|field, _| merged.push.contains(field));
    wishes.dates.retain(|slot, _| !merged.lost.contains(slot));
    for (from, to) in &merged.moved {
        let of_date = wishes.dates.remove(from).unwrap();
        wishes.dates.insert(*to, of_date);
    }
    let says = wishes.dates.keys().copied().collect();
    let (push, settled, lost) = (merged.push, merged.settled, merged.lost);
    let mut both = Both { held: merged.held, base: merged.base, wishes, push, says, settled, lost };
    let slots: BTreeSet<Instant> = both.base.dates.keys().chain(theirs.dates.keys()).copied().collect();
    for slot in slots {
        if both.base.own(slot) == theirs.own(slot) {
            continue;
        }
        let wishes = both.wishes.clone();
        let ours = OurSeries { held: &both.held, base: &both.base, replaced: &[], wishes: &wishes };
        let date = merge_date(ours, slot, &theirs.own(slot), Some(updated));
        both.settled.extend(date.settled);
        let Some(here) = date.here else { continue };
        if let Some(of_date) = both.wishes.dates.get_mut(&here) {
            of_date.retain(|field, _| date.push.contains(field));
        }
        if date.says {
            both.says.insert(here)
        } else {
            both.says.remove(&here)
        };
        (both.held, both.base) = (date.held, date.base);
    }
    both.wishes.dates.retain(|_, of_date| !of_date.is_empty());
    both
}

/// Google once what waits was pushed.
fn pushed(both: &Both, theirs: &HeldSeries) -> HeldSeries {
    let mut google = theirs.clone();
    for field in &both.push {
        google.shared.take(&both.held.shared, *field);
    }
    if google.shared.times != theirs.shared.times {
        let times = google.shared.times.clone();
        google.dates.retain(|slot, _| times.has(*slot));
    }
    for slot in &both.says {
        google.put(*slot, both.held.own(*slot));
    }
    google
}

/// What the dates of a series are, whatever of it is its own.
fn effective(held: &HeldSeries) -> Vec<(Instant, Option<TimeRange>, String, BTreeSet<String>)> {
    let (shared, times) = (&held.shared, &held.shared.times);
    let recurrence = times.recurrence().unwrap();
    let zone = zone::parse(&times.zone).unwrap();
    let slots = recurrence.all(Budget::DEFAULT).unwrap();
    let date = |slot: Slot| {
        let slot = slot.instant(zone);
        let own = held.own(slot);
        (!own.cancelled).then(|| {
            let title = own.title.unwrap_or_else(|| shared.title.clone());
            let rooms = own.rooms.unwrap_or_else(|| shared.rooms.clone());
            (slot, own.range.or_else(|| times.regular(slot)), title, rooms)
        })
    };
    slots.into_iter().filter_map(date).collect()
}

/// The same cases in every run; `PROPTEST_RNG_SEED` draws others.
fn seed() -> RngSeed {
    match ProptestConfig::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        given => given,
    }
}

fn sides(late: bool) -> (Instant, Instant) {
    if late { (LATE, EARLY) } else { (EARLY, LATE) }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: seed(), ..ProptestConfig::default() })]

    /// CONVERGE, whatever either side changed.
    #[test]
    fn once_what_waits_is_pushed_both_sides_are_equal(
        base in shared_any(), ours in shared_any(), theirs in shared_any(),
        dates in dates_any(), here in dates_any(), there in dates_any(), late in any::<bool>(),
    ) {
        let (at, updated) = sides(late);
        let base = series(&base, &dates);
        // Who moves a series carries its exceptions along.
        let moved = ours.times != base.shared.times;
        let ours = series(&ours, if moved { &dates } else { &here });
        let theirs = series(&theirs, &there);
        let both = both(&base, (&ours, at), (&theirs, updated));
        let google = pushed(&both, &theirs);
        prop_assert_eq!(&both.held.shared, &google.shared);
        if !moved && theirs.shared.times == base.shared.times {
            prop_assert_eq!(effective(&both.held), effective(&google));
        }
    }

    #[test]
    fn what_one_side_changed_is_what_it_comes_to(
        base in shared_any(), other in shared_any(), dates in dates_any(), changed in dates_any(),
    ) {
        let (base, other) = (series(&base, &dates), series(&other, &changed));
        let here = both(&base, (&other, EARLY), (&base, LATE));
        prop_assert_eq!(&here.held, &other);
        prop_assert!(here.settled.is_empty() && here.lost.is_empty());
        if base.shared.times == other.shared.times {
            let there = both(&base, (&base, LATE), (&other, EARLY));
            prop_assert_eq!(&there.held, &other);
            prop_assert!(there.push.is_empty() && there.says.is_empty() && there.settled.is_empty());
        }
    }

    /// No loss: one side changes what the dates share, the other single dates.
    #[test]
    fn a_series_and_its_dates_are_different_things(
        base in shared_any(), title in "[사아]", private in any::<bool>(), dates in dates_any(), changed in dates_any(),
        late in any::<bool>(), swapped in any::<bool>(),
    ) {
        let (at, updated) = sides(late);
        let base = series(&base, &dates);
        let all = HeldSeries { shared: Shared { title, private, ..base.shared.clone() }, ..base.clone() };
        let some = series(&base.shared, &changed);
        let (ours, theirs) = if swapped { (&some, &all) } else { (&all, &some) };
        let both = both(&base, (ours, at), (theirs, updated));
        prop_assert_eq!(&both.held.shared, &all.shared);
        prop_assert_eq!(&both.held.dates, &some.dates);
        prop_assert!(both.settled.is_empty());
    }

    /// No loss: different dates, and different fields of one date.
    #[test]
    fn different_dates_are_different_things(
        base in shared_any(), here in own_any(), there in own_any(), title in "[사아]", late in any::<bool>(),
    ) {
        let (at, updated) = sides(late);
        let base = series(&base, &BTreeMap::new());
        let [one, two, three] = [0, 1, 2].map(|n| self::at(&base.shared.times, n));
        let (mut ours, mut theirs) = (base.clone(), base.clone());
        ours.put(one, here.clone());
        theirs.put(two, there.clone());
        ours.put(three, Own { title: Some(title.clone()), ..Own::default() });
        theirs.put(three, Own { range: there.range, ..Own::default() });
        let both = both(&base, (&ours, at), (&theirs, updated));
        prop_assert_eq!(both.held.own(one), here);
        prop_assert_eq!(both.held.own(two), there.clone());
        prop_assert_eq!(both.held.own(three), Own { title: Some(title), range: there.range, ..Own::default() });
        prop_assert!(both.settled.is_empty());
    }

    #[test]
    fn of_the_same_field_the_later_wish_wins(
        base in shared_any(), ours in own_any(), theirs in own_any(), dates in own_any(),
    ) {
        let base = series(&base, &BTreeMap::from([(1, dates)]));
        let slot = at(&base.shared.times, 1);
        let with = |own: &Own| { let mut held = base.clone(); held.put(slot, own.clone()); held };
        let was = base.own(slot);
        for (wished, updated, winner) in [(EARLY, LATE, Side::Google), (LATE, EARLY, Side::Roomly)] {
            let both = both(&base, (&with(&ours), wished), (&with(&theirs), updated));
            for field in Own::WHOLE {
                let differ = !ours.agrees(&was, *field) && !theirs.agrees(&was, *field) && !ours.agrees(&theirs, *field);
                let told = both.settled.iter().find(|settled| settled.field == *field);
                prop_assert_eq!(told.map(|told| told.winner), differ.then_some(winner));
                let later = if winner == Side::Google { &theirs } else { &ours };
                prop_assert!(!differ || both.held.own(slot).agrees(later, *field));
            }
        }
    }

    #[test]
    fn which_side_is_called_ours_does_not_matter(
        base in shared_any(), one in shared_any(), other in shared_any(),
        dates in dates_any(), here in dates_any(), there in dates_any(),
    ) {
        // Moved slots have their own tests.
        let same = |shared: &Shared| Shared { times: base.times.clone(), ..shared.clone() };
        let (one, other) = (series(&same(&one), &here), series(&same(&other), &there));
        let base = series(&base, &dates);
        let here = both(&base, (&one, EARLY), (&other, LATE));
        let there = both(&base, (&other, LATE), (&one, EARLY));
        prop_assert_eq!(here.held, there.held);
        let fields = |both: &[Settled]| both.iter().map(|settled| settled.field).collect::<Vec<_>>();
        prop_assert_eq!(fields(&here.settled), fields(&there.settled));
    }

    #[test]
    fn merging_again_changes_nothing(
        base in shared_any(), ours in shared_any(), theirs in shared_any(),
        dates in dates_any(), here in dates_any(), there in dates_any(), late in any::<bool>(),
    ) {
        let (at, updated) = sides(late);
        let (base, ours, theirs) = (series(&base, &dates), series(&ours, &here), series(&theirs, &there));
        let once = both(&base, (&ours, at), (&theirs, updated));
        // As Google is seen then: what its rule has no more is gone.
        let seen = HeldSeries { shared: theirs.shared.clone(), dates: once.base.dates.clone() };
        let again = merged_again(&once.base, &once.held, once.wishes.clone(), (&seen, updated));
        prop_assert_eq!(&again.held, &once.held);
        prop_assert_eq!(again.push, once.push);
        prop_assert!(again.settled.is_empty());
    }

    /// Times and rule come from one side each only where they make a rule that has its first date.
    #[test]
    fn what_comes_of_two_rules_is_one(
        base in shared_any(), ours in shared_any(), theirs in shared_any(), day in 0..3_u64, late in any::<bool>(),
    ) {
        let (at, updated) = sides(late);
        let mut theirs = theirs;
        let weekday = ["MO", "TU", "WE"][usize::try_from(day).unwrap()];
        theirs.times.start = theirs.times.start.checked_add_days(chrono::Days::new(day)).unwrap();
        theirs.times.lines = vec![format!("RRULE:FREQ=WEEKLY;BYDAY={weekday};COUNT=5")];
        let [base, ours, theirs] = [&base, &ours, &theirs].map(|shared| series(shared, &BTreeMap::new()));
        let both = both(&base, (&ours, at), (&theirs, updated));
        let times = &both.held.shared.times;
        prop_assert!(times.has(self::at(times, 0)), "{:?}", times);
    }
}

fn held(hour: u32, count: u32) -> HeldSeries {
    let room = BTreeSet::from(["halla@r".to_owned()]);
    let shared = Shared {
        title: "주간".into(),
        private: false,
        times: times(hour, count),
        rooms: room,
        guests: BTreeSet::new(),
    };
    HeldSeries { shared, dates: BTreeMap::new() }
}

fn titled(title: &str) -> Own {
    Own { title: Some(title.into()), ..Own::default() }
}

#[test]
fn a_date_is_carried_along_by_a_move_of_its_series() {
    let (ten, eleven) = (times(10, 4), times(11, 4));
    assert_eq!(ten.carried(&eleven, slot(2)), Some(at(&eleven, 2)));
    assert_eq!(ten.carried(&times(11, 2), slot(2)), None, "the rule ends before");
    assert_eq!(ten.carried(&times(10, 3), slot(2)), Some(slot(2)));
    assert_eq!(ten.carried(&eleven, slot(7)), Some(slot(7)), "outside of both rules it is itself");
    let mut later = times(10, 3);
    later.start = later.start.checked_add_days(chrono::Days::new(7)).unwrap();
    assert_eq!(ten.carried(&later, slot(2)), Some(slot(2)), "what both rules have is one date");
}

#[test]
fn a_wish_about_a_date_goes_with_a_series_that_google_moved() {
    let base = held(10, 4);
    let mut ours = base.clone();
    ours.put(slot(1), titled("여기"));
    ours.put(slot(3), titled("끝"));
    let theirs = held(11, 3);
    let both = both(&base, (&ours, EARLY), (&theirs, LATE));
    let moved = at(&theirs.shared.times, 1);
    assert_eq!(both.held.dates, BTreeMap::from([(moved, titled("여기"))]));
    assert_eq!((both.says, both.lost), (BTreeSet::from([moved]), BTreeSet::from([slot(3)])));
    assert_eq!(both.wishes.dates.keys().copied().collect::<Vec<_>>(), [moved]);
}

#[test]
fn a_change_of_a_date_in_google_goes_with_a_series_that_was_moved_here() {
    let (base, ours) = (held(10, 4), held(11, 4));
    let mut theirs = base.clone();
    theirs.put(slot(1), titled("저기"));
    theirs.put(slot(2), Own::cancelled());
    let both = both(&base, (&ours, EARLY), (&theirs, LATE));
    let moved = |n| at(&ours.shared.times, n);
    assert_eq!(both.held.dates, BTreeMap::from([(moved(1), titled("저기")), (moved(2), Own::cancelled())]));
    assert_eq!(both.says, BTreeSet::from([moved(1), moved(2)]), "Google knows them by another start then");
    assert_eq!(pushed(&both, &theirs), both.held);
}

#[test]
fn a_date_that_was_moved_with_its_series_and_is_as_that_now_was_changed_by_itself() {
    let own = |hour: i64| {
        let start = slot(1).plus_micros(hour * HOUR);
        Own { range: TimeRange::new(start, start.plus_micros(HOUR)), ..Own::default() }
    };
    let mut base = held(10, 4);
    base.put(slot(1), own(2));
    base.put(slot(2), titled("끝"));
    let mut ours = held(11, 4);
    let moved = |n| at(&ours.shared.times, n);
    let (first, second) = (moved(1), moved(2));
    ours.put(second, titled("끝"));
    assert_eq!(base.changed_by(&ours), [(first, own(2), Own::default())]);
    // Google has it as it was before that.
    let both = both(&base, (&ours, LATE), (&base, EARLY));
    assert_eq!(both.held, ours);
    let again = merge_date(
        OurSeries { held: &both.held, base: &both.base, replaced: &[], wishes: &both.wishes },
        slot(1),
        &own(2),
        Some(EARLY),
    );
    assert_eq!((again.held, again.says), (ours, true));
}

#[test]
fn a_date_that_stays_where_its_series_begins_later_is_not_the_one_that_went() {
    let mut base = held(10, 4);
    let rooms = Some(BTreeSet::from(["seorak@r".to_owned()]));
    base.put(slot(0), Own::cancelled());
    base.put(slot(1), Own { rooms: rooms.clone(), ..Own::default() });
    let mut ours = held(10, 4);
    ours.shared.times.start += chrono::Duration::weeks(1);
    ours.put(slot(1), Own { rooms, ..Own::default() });
    assert_eq!(ours.shared.times.carried(&base.shared.times, slot(1)), Some(slot(1)));
    assert_eq!(base.shared.times.carried(&ours.shared.times, slot(0)), None);
    assert_eq!(base.moved(&ours, slot(0)), None);
    assert_eq!(base.moved(&ours, slot(1)), Some(slot(1)));
    assert_eq!(base.changed_by(&ours), []);
}

#[test]
fn a_date_that_was_cancelled_in_google_is_gone_and_its_wish_with_it() {
    let base = held(10, 4);
    let mut ours = base.clone();
    ours.put(slot(1), titled("여기"));
    let wishes = wishes(&base, &ours, LATE);
    let merged = merge_date(
        OurSeries { held: &ours, base: &base, replaced: &[], wishes: &wishes },
        slot(1),
        &Own::cancelled(),
        Some(EARLY),
    );
    assert!(merged.deleted && !merged.says);
    assert_eq!(merged.held.own(slot(1)), Own::cancelled());
}

#[test]
fn a_date_that_was_cancelled_there_before_it_was_wished_for_is_nobodys_cancellation() {
    let mut base = held(10, 4);
    base.put(slot(1), Own::cancelled());
    let mut ours = held(10, 4);
    let put_off = TimeRange::new(at(&times(15, 4), 1), at(&times(16, 4), 1));
    ours.put(slot(1), Own { range: put_off, ..Own::default() });
    let wishes = wishes(&held(10, 4), &ours, EARLY);
    let merged = merge_date(
        OurSeries { held: &ours, base: &base, replaced: &[], wishes: &wishes },
        slot(1),
        &Own::cancelled(),
        Some(LATE),
    );
    assert!(merged.says && !merged.deleted);
    assert_eq!((merged.push, merged.held), (BTreeSet::from([Field::Time]), ours));
}

#[test]
fn a_cancelled_series_is_on_again_only_where_one_of_its_dates_was_changed_after_that() {
    let base = held(10, 4);
    let wishes = Wishes { shared: BTreeMap::from([(Field::Cancel, EARLY)]), ..Wishes::default() };
    let ours = OurSeries { held: &base, base: &base, replaced: &[], wishes: &wishes };
    let of_series = |own: &Own, updated| {
        let merged = merge_date(ours, slot(1), own, Some(updated));
        (merged.cancelled, merged.of_series.map(|settled| settled.winner))
    };
    assert_eq!(of_series(&titled("저기"), LATE), (false, Some(Side::Google)));
    assert_eq!(of_series(&titled("저기"), Instant::from_secs(0)), (true, Some(Side::Roomly)));
    assert_eq!(of_series(&Own::default(), LATE), (true, None), "an answer of a guest is no edit");
    assert_eq!(of_series(&Own::cancelled(), LATE), (true, None));
}

#[test]
fn what_was_wished_for_of_a_date_before_its_series_was_cancelled_does_not_bring_it_back() {
    let base = held(10, 4);
    let wishes = Wishes { shared: BTreeMap::from([(Field::Cancel, EARLY)]), ..Wishes::default() };
    let (mut renamed, mut moved) = (base.clone(), base.clone());
    renamed.put(slot(1), titled("여기"));
    let rooms = Some(BTreeSet::from(["seorak@r".to_owned()]));
    moved.put(slot(1), Own { rooms, ..Own::default() });
    let replaced = [renamed.clone()];
    let of_series = |own: &Own| {
        let ours = OurSeries { held: &moved, base: &base, replaced: &replaced, wishes: &wishes };
        let merged = merge_date(ours, slot(1), own, Some(LATE));
        (merged.cancelled, merged.of_series)
    };
    assert_eq!(
        of_series(&renamed.own(slot(1))),
        (true, None),
        "a push that was under way when it was renewed"
    );
    assert_eq!(of_series(&moved.own(slot(1))), (true, None), "one that was under way when all was cancelled");
    assert!(!of_series(&titled("저기")).0);
}

#[test]
fn what_is_held_is_written_down_and_read_again() {
    let mut series = held(10, 4);
    series.put(slot(1), titled("여기"));
    series.put(slot(2), Own::cancelled());
    let text = serde_json::to_string(&series).unwrap();
    assert_eq!(serde_json::from_str::<HeldSeries>(&text).unwrap(), series);
}
