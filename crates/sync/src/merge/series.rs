//! A series of ours that was changed here and in Google before either heard of the other.
//!
//! What its dates share ([`Shared`]) and what one date has for itself ([`Own`]) are merged each as an event is, so that a
//! wish about one date and a change of another, or of the whole, both survive. Dates are known by their original start.
//! An exception takes from its series what it has not got for itself: what a date shows that its series shows as well is
//! not its own, and whoever reads Google's side leaves it out.
//!
//! Where one side moved the series, an original start of the other side is carried along ([`Times::carried`]): a date that
//! both rules have is that date; else the one that moved by as much as the series did.
//!
//! Google's times and rule may come from one side each, if the rule that comes of it has the first date; else they are one
//! thing, and the later wish has both.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use calendar::recurrence::{Budget, Recurrence, Slot, Start};
use calendar::zone;
use chrono::NaiveDateTime;
use model::{Instant, TimeRange};
use serde::{Deserialize, Serialize};

use super::{Field, Fields, Merged, Ours, Settled, Side, Theirs, edits, merge};

/// So many dates tell whether two rules are the same.
const COMPARED: usize = 366;

static NOBODY: BTreeSet<String> = BTreeSet::new();

/// When the dates of a series are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// The wall time of the first date.
    pub start: NaiveDateTime,
    /// IANA zone.
    pub zone: String,
    /// Microseconds that each date takes.
    pub duration: i64,
    /// As [`Recurrence::lines`] writes them.
    pub lines: Vec<String>,
}

impl Times {
    pub fn recurrence(&self) -> Option<Recurrence> {
        let zone = zone::parse(&self.zone)?;
        Recurrence::read(Start::Zoned { wall: self.start, zone }, &self.lines).ok()
    }

    /// Whether the rule has this date. What cannot be told is taken for a date.
    pub fn has(&self, slot: Instant) -> bool {
        let Some(recurrence) = self.recurrence() else { return true };
        let Some(zone) = recurrence.start().zone() else { return true };
        recurrence.contains(Slot::starting_at(slot, zone), Budget::DEFAULT).unwrap_or(true)
    }

    /// When the date of this original start is by the rule alone.
    pub fn regular(&self, slot: Instant) -> Option<TimeRange> {
        TimeRange::new(slot, slot.plus_micros(self.duration))
    }

    /// The original start that a date has once the series is at `to`; `None` where it is no date of it any more. No date comes
    /// to where another one stays.
    pub fn carried(&self, to: &Self, slot: Instant) -> Option<Instant> {
        // An exception outside the rule is one whatever becomes of the rule.
        if self == to || to.has(slot) || !self.has(slot) {
            return Some(slot);
        }
        self.shifted(to, slot).filter(|moved| to.has(*moved) && !self.has(*moved))
    }

    /// Where an original start is once everything moved by as much as the first date did.
    fn shifted(&self, to: &Self, slot: Instant) -> Option<Instant> {
        let (from_zone, zone) = (zone::parse(&self.zone)?, zone::parse(&to.zone)?);
        let by = to.start.signed_duration_since(self.start);
        let wall = Slot::starting_at(slot, from_zone).wall().checked_add_signed(by)?;
        Some(Start::Zoned { wall, zone }.slot().instant(zone))
    }

    /// Whether the other rule has the same dates from the same first one: Google may spell a rule in another way than it was
    /// written (facts: google-calendar 3). Of rules without an end a year of daily dates is compared.
    fn repeats_like(&self, other: &Self) -> bool {
        // A rule that ends at an instant is another one from another start.
        let same_start = (self.start, &self.zone) == (other.start, &other.zone);
        if self.lines == other.lines || !same_start {
            return self.lines == other.lines;
        }
        // Dates that a line names are those dates and no others.
        let split = |times: &Self| -> (Vec<String>, Vec<String>) {
            times.lines.iter().cloned().partition(|line| line.starts_with("RRULE"))
        };
        let ((ours, dates), (theirs, other_dates)) = (split(self), split(other));
        if dates != other_dates {
            return false;
        }
        let with = |lines: Vec<String>| Self { lines, ..self.clone() }.recurrence();
        let Some((here, there)) = with(ours).zip(with(theirs)) else { return false };
        let first = |recurrence: &Recurrence| -> Option<Vec<Slot>> {
            recurrence.slots(Budget::DEFAULT).take(COMPARED).collect::<Result<_, _>>().ok()
        };
        first(&here).zip(first(&there)).is_some_and(|(here, there)| here == there)
    }

    /// Whether these could be put together of two sides' times and rule: nothing in the lines depends on the hour, and the
    /// rule has the first date.
    fn fits(&self) -> bool {
        let only_rules = self.lines.iter().all(|line| line.starts_with("RRULE"));
        let Some(recurrence) = self.recurrence().filter(|_| only_rules) else { return false };
        recurrence.contains(recurrence.start().slot(), Budget::DEFAULT).unwrap_or(false)
    }
}

/// What all dates of a series share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    pub title: String,
    pub private: bool,
    pub times: Times,
    /// The e-mails of its rooms.
    pub rooms: BTreeSet<String>,
    /// As of an event.
    pub guests: BTreeSet<String>,
}

impl Fields for Shared {
    const WHOLE: &'static [Field] = &[Field::Title, Field::Time, Field::Rule, Field::Room, Field::Private];

    fn agrees(&self, other: &Self, field: Field) -> bool {
        let when = |shared: &Self| (shared.times.start, shared.times.zone.clone(), shared.times.duration);
        match field {
            Field::Title => self.title == other.title,
            Field::Time => when(self) == when(other),
            Field::Rule => self.times.repeats_like(&other.times),
            Field::Room => self.rooms == other.rooms,
            Field::Private => self.private == other.private,
            Field::Guests => self.guests == other.guests,
            Field::Cancel => true,
        }
    }

    fn take(&mut self, other: &Self, field: Field) {
        match field {
            Field::Title => other.title.clone_into(&mut self.title),
            Field::Time => {
                self.times = Times { lines: std::mem::take(&mut self.times.lines), ..other.times.clone() }
            }
            Field::Rule => other.times.lines.clone_into(&mut self.times.lines),
            Field::Room => other.rooms.clone_into(&mut self.rooms),
            Field::Private => self.private = other.private,
            Field::Guests => other.guests.clone_into(&mut self.guests),
            Field::Cancel => {}
        }
    }

    fn guests(&self) -> &BTreeSet<String> {
        &self.guests
    }

    fn guests_mut(&mut self) -> &mut BTreeSet<String> {
        &mut self.guests
    }
}

/// The same, with times and rule as one field.
#[derive(Clone)]
struct InOne(Shared);

impl Fields for InOne {
    const WHOLE: &'static [Field] = &[Field::Title, Field::Time, Field::Room, Field::Private];

    fn agrees(&self, other: &Self, field: Field) -> bool {
        match field {
            Field::Time => [Field::Time, Field::Rule].into_iter().all(|field| self.0.agrees(&other.0, field)),
            Field::Rule => true,
            field => self.0.agrees(&other.0, field),
        }
    }

    fn take(&mut self, other: &Self, field: Field) {
        match field {
            Field::Time => other.0.times.clone_into(&mut self.0.times),
            Field::Rule => {}
            field => self.0.take(&other.0, field),
        }
    }

    fn guests(&self) -> &BTreeSet<String> {
        &self.0.guests
    }

    fn guests_mut(&mut self) -> &mut BTreeSet<String> {
        &mut self.0.guests
    }
}

/// What one date has for itself; `None` is as the series.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// It does not take place; the rest means nothing then.
    pub cancelled: bool,
    pub title: Option<String>,
    pub range: Option<TimeRange>,
    pub rooms: Option<BTreeSet<String>>,
    pub guests: Option<BTreeSet<String>>,
}

impl Own {
    pub fn cancelled() -> Self {
        Self { cancelled: true, ..Self::default() }
    }

    /// With the guests that it has anyway, for where who came and who went is asked.
    fn with_guests_of(mut self, shared: &Shared) -> Self {
        self.guests.get_or_insert_with(|| shared.guests.clone());
        self
    }
}

impl Fields for Own {
    const WHOLE: &'static [Field] = &[Field::Title, Field::Time, Field::Room];

    fn agrees(&self, other: &Self, field: Field) -> bool {
        match field {
            Field::Title => self.title == other.title,
            Field::Time => self.range == other.range,
            Field::Room => self.rooms == other.rooms,
            Field::Guests => self.guests == other.guests,
            // At Google one private date makes all of them private.
            Field::Rule | Field::Private | Field::Cancel => true,
        }
    }

    fn take(&mut self, other: &Self, field: Field) {
        match field {
            Field::Title => other.title.clone_into(&mut self.title),
            Field::Time => self.range = other.range,
            Field::Room => other.rooms.clone_into(&mut self.rooms),
            Field::Guests => other.guests.clone_into(&mut self.guests),
            Field::Rule | Field::Private | Field::Cancel => {}
        }
    }

    fn guests(&self) -> &BTreeSet<String> {
        self.guests.as_ref().unwrap_or(&NOBODY)
    }

    fn guests_mut(&mut self) -> &mut BTreeSet<String> {
        self.guests.get_or_insert_default()
    }
}

/// A series as far as it is merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSeries {
    pub shared: Shared,
    /// By original start.
    #[serde(with = "pairs")]
    pub dates: BTreeMap<Instant, Own>,
}

impl HeldSeries {
    /// What a date has for itself.
    pub fn own(&self, slot: Instant) -> Own {
        self.dates.get(&slot).cloned().unwrap_or_default()
    }

    /// The original start that a date with something for itself has once a person made `after` of the series; `None`: it has
    /// nothing for itself any more, or is none. One that was cancelled is not where another one takes place.
    pub fn moved(&self, after: &Self, slot: Instant) -> Option<Instant> {
        let (from, to) = (&self.shared.times, &after.shared.times);
        let cancelled = self.own(slot).cancelled;
        let is_it = |at: &Instant| after.dates.get(at).is_some_and(|own| own.cancelled == cancelled);
        from.shifted(to, slot).filter(is_it).or_else(|| Some(slot).filter(is_it))
    }

    /// The dates that a person who made `after` of the series changed by that: the original start that each has now, what it
    /// had for itself, and what it has. One that only went along with its series nobody changed by itself, nor one that only
    /// one of both rules has. But where it was the series that somebody moved by one of its dates, that date may have lost on
    /// the way what it had for itself.
    pub fn changed_by(&self, after: &Self) -> Vec<(Instant, Own, Own)> {
        let (from, to) = (&self.shared.times, &after.shared.times);
        let carried = |from: &Times, to: &Times, slot| {
            let is_of_rule = from == to || from.has(slot);
            is_of_rule.then(|| from.carried(to, slot)).flatten()
        };
        let mine = self.dates.keys().filter_map(|slot| Some((*slot, carried(from, to, *slot)?)));
        let theirs = after.dates.keys().filter_map(|slot| Some((carried(to, from, *slot)?, *slot)));
        let pairs: BTreeSet<(Instant, Instant)> = mine.chain(theirs).collect();
        let owns = pairs.into_iter().map(|(was, is)| (is, self.own(was), after.own(is)));
        owns.filter(|(_, was, is)| was != is).collect()
    }

    /// Gives a date something for itself; nothing makes it one as any other, if the rule has it.
    pub fn put(&mut self, slot: Instant, own: Own) {
        if own == Own::default() && self.shared.times.has(slot) {
            self.dates.remove(&slot);
        } else {
            self.dates.insert(slot, own);
        }
    }
}

/// Instants are no keys in JSON.
mod pairs {
    use std::collections::BTreeMap;

    use model::Instant;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Own;

    pub(super) fn serialize<S: Serializer>(dates: &BTreeMap<Instant, Own>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(dates)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<Instant, Own>, D::Error> {
        Ok(Vec::<(Instant, Own)>::deserialize(from)?.into_iter().collect())
    }
}

/// When people last changed here what Google has not taken. What is not among them was not changed here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Of the whole series.
    pub shared: BTreeMap<Field, Instant>,
    /// Of single dates, by the original start that they have here.
    pub dates: BTreeMap<Instant, BTreeMap<Field, Instant>>,
    /// Dates of which something waits to be told, wished for or not.
    pub told: BTreeSet<Instant>,
}

/// Our side; as [`Ours`].
#[derive(Clone, Copy, Debug)]
pub struct OurSeries<'a> {
    pub held: &'a HeldSeries,
    pub base: &'a HeldSeries,
    pub replaced: &'a [HeldSeries],
    pub wishes: &'a Wishes,
}

impl OurSeries<'_> {
    /// What is held here once the series is not cancelled. While it was, what Google showed of it was kept as what both sides agreed
    /// on, and nothing else: Google tells of that no more. What we had taken off a room's calendar, and drawn as declined, is gone then.
    fn on_again(&self) -> HeldSeries {
        let (mut held, base, wishes) = (self.held.clone(), self.base, self.wishes);
        if !wishes.shared.contains_key(&Field::Cancel) || held.shared.times != base.shared.times {
            return held;
        }
        for field in edits::<Shared>().filter(|field| !wishes.shared.contains_key(field)) {
            held.shared.take(&base.shared, field);
        }
        let dates: BTreeSet<Instant> = held.dates.keys().chain(base.dates.keys()).copied().collect();
        let is_ours = |slot: &Instant| wishes.dates.contains_key(slot) || wishes.told.contains(slot);
        for slot in dates.into_iter().filter(|slot| !is_ours(slot)) {
            held.put(slot, base.own(slot));
        }
        held
    }
}

/// What comes of a master that Google shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedShared {
    pub held: HeldSeries,
    /// What later changes in Google are compared with.
    pub base: HeldSeries,
    /// The series stays cancelled.
    pub cancelled: bool,
    /// Where Google does not hold it yet, dates apart.
    pub push: BTreeSet<Field>,
    /// To be told: the other side's wish was lost.
    pub settled: Vec<Settled>,
    /// Dates that were changed here and have another original start now.
    pub moved: BTreeMap<Instant, Instant>,
    /// Dates that were changed here and are none any more, by Google's rule. To be told.
    pub lost: BTreeSet<Instant>,
    /// As `lost`, of which nothing was wished for here.
    pub dropped: BTreeSet<Instant>,
}

/// What comes of a date that Google shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedDate {
    pub held: HeldSeries,
    /// What later changes in Google are compared with.
    pub base: HeldSeries,
    /// Its original start here; `None`: the series has no such date here any more.
    pub here: Option<Instant>,
    /// It, or the series, stays cancelled.
    pub cancelled: bool,
    /// Fields of it that Google does not hold yet.
    pub push: BTreeSet<Field>,
    /// It is still to be said to Google.
    pub says: bool,
    /// To be told, of this date.
    pub settled: Vec<Settled>,
    /// It was cancelled in Google while something of it was wished for here. To be told.
    pub deleted: bool,
    /// To be told, of the series: it was cancelled here, and one of its dates was changed in Google.
    pub of_series: Option<Settled>,
}

/// Merges what the dates share here with what Google's master shows.
pub fn merge_shared(ours: OurSeries<'_>, theirs: &Shared, updated: Option<Instant>) -> MergedShared {
    let merged = shared(ours, theirs, updated);
    let mut base = HeldSeries { shared: theirs.clone(), dates: ours.base.dates.clone() };
    if ours.base.shared.times != theirs.times {
        // Google drops an exception whose original start the rule has no more.
        base.dates.retain(|slot, _| theirs.times.has(*slot));
    }
    let Merged { held: now, cancelled, push, settled } = merged;
    let mut merged = MergedShared {
        held: ours.held.clone(),
        base,
        cancelled,
        push,
        settled,
        moved: BTreeMap::new(),
        lost: BTreeSet::new(),
        dropped: BTreeSet::new(),
    };
    if cancelled {
        return merged;
    }
    let on = ours.on_again();
    merged.held.dates.clone_from(&on.dates);
    let (from, to) = (&on.shared.times, &now.times);
    let mut arrived = BTreeMap::new();
    for (slot, own) in on.dates.iter().filter(|_| from != to) {
        let is_wished = ours.wishes.dates.contains_key(slot);
        let carried = from.carried(to, *slot);
        if !is_wished {
            // What has a place still, or another one, Google tells of by itself.
            if carried.is_none() {
                merged.held.dates.remove(slot);
                merged.dropped.insert(*slot);
            }
            continue;
        }
        merged.held.dates.remove(slot);
        match carried {
            Some(moved) => {
                arrived.insert(moved, own.clone());
                if moved != *slot {
                    merged.moved.insert(*slot, moved);
                }
            }
            // What was cancelled is not to be, and is not.
            None if own.cancelled => {}
            None => drop(merged.lost.insert(*slot)),
        }
    }
    merged.held.dates.extend(arrived);
    merged.held.shared = now;
    merged
}

fn shared(ours: OurSeries<'_>, theirs: &Shared, updated: Option<Instant>) -> Merged<Shared> {
    let wishes = &ours.wishes.shared;
    let (held, base) = (&ours.held.shared, &ours.base.shared);
    let replaced: Vec<Shared> = ours.replaced.iter().map(|held| held.shared.clone()).collect();
    let mut merged =
        merge(Ours { held, base, replaced: &replaced, wishes }, Theirs { held: theirs, updated });
    if [Field::Time, Field::Rule].into_iter().all(|field| merged.held.agrees(held, field)) {
        // However Google spells it.
        held.times.clone_into(&mut merged.held.times);
    }
    let times = &merged.held.times;
    if *times == held.times || *times == theirs.times || times.fits() {
        return merged;
    }
    let mut wishes = wishes.clone();
    let of_times = [Field::Time, Field::Rule].into_iter().filter_map(|field| wishes.remove(&field)).max();
    wishes.extend(of_times.map(|at| (Field::Time, at)));
    let replaced: Vec<InOne> = replaced.into_iter().map(InOne).collect();
    let (held, base, theirs) = (InOne(held.clone()), InOne(base.clone()), InOne(theirs.clone()));
    let ours = Ours { held: &held, base: &base, replaced: &replaced, wishes: &wishes };
    let Merged { held, cancelled, push, settled } = merge(ours, Theirs { held: &theirs, updated });
    Merged { held: held.0, cancelled, push, settled }
}

/// Merges what one date has for itself here with what Google shows of it. `slot` is its original start there; `theirs` as
/// Google's series does not show it.
pub fn merge_date(ours: OurSeries<'_>, slot: Instant, theirs: &Own, updated: Option<Instant>) -> MergedDate {
    let agreed = ours.base.own(slot);
    let mut base = ours.base.clone();
    base.put(slot, theirs.clone());
    let mut merged = MergedDate {
        held: ours.held.clone(),
        base,
        here: None,
        cancelled: false,
        push: BTreeSet::new(),
        says: false,
        settled: Vec::new(),
        deleted: false,
        of_series: None,
    };
    if let Some(at) = ours.wishes.shared.get(&Field::Cancel) {
        let wishes = BTreeMap::from([(Field::Cancel, *at)]);
        // What was wished for of the date before that is nobody's edit: its push was perhaps on the way.
        let own = |one: &HeldSeries| {
            let at = ours.base.shared.times.carried(&one.shared.times, slot)?;
            Some(one.own(at))
        };
        let mine = own(ours.held).unwrap_or_else(|| agreed.clone());
        let replaced: Vec<Own> = ours.replaced.iter().filter_map(own).collect();
        let ours = Ours { held: &mine, base: &agreed, replaced: &replaced, wishes: &wishes };
        let held = if theirs.cancelled { &agreed } else { theirs };
        let series = merge(ours, Theirs { held, updated });
        merged.of_series = series.settled.first().copied();
        if series.cancelled {
            merged.cancelled = true;
            return merged;
        }
    }
    let on = ours.on_again();
    merged.held.clone_from(&on);
    let ours = OurSeries { held: &on, ..ours };
    let times = &ours.base.shared.times;
    let Some(here) = times.carried(&ours.held.shared.times, slot) else {
        // There is no place for it: a rule that Google gets drops it there as well.
        let edited = !theirs.cancelled && edits::<Own>().any(|field| !theirs.agrees(&agreed, field));
        merged.settled.extend(edited.then_some(Settled { field: Field::Cancel, winner: Side::Roomly }));
        return merged;
    };
    merged.here = Some(here);
    let wishes = ours.wishes.dates.get(&here).cloned().unwrap_or_default();
    let mine = ours.held.own(here);
    if theirs.cancelled && agreed.cancelled && here != slot {
        // It was cancelled before the series was changed: what stands in its place is nobody's cancellation.
        merged.says = mine != Own::default();
        return merged;
    }
    if theirs.cancelled && agreed.cancelled && !mine.cancelled {
        // Nor is what was cancelled before it was wished for here.
        merged.says = true;
        merged.push.extend(wishes.into_keys());
        return merged;
    }
    if theirs.cancelled {
        merged.deleted = !mine.cancelled && !wishes.is_empty();
        merged.held.put(here, Own::cancelled());
        // Under another original start Google has it as any other.
        merged.says = here != slot;
        return merged;
    }
    let fill = |own: Own, shared: &Shared| {
        if wishes.contains_key(&Field::Guests) { own.with_guests_of(shared) } else { own }
    };
    let (base, held) = (fill(agreed, &ours.base.shared), fill(mine, &ours.held.shared));
    let theirs = fill(theirs.clone(), &ours.base.shared);
    let replaced = |one: &HeldSeries| {
        let at = times.carried(&one.shared.times, slot)?;
        Some(fill(one.own(at), &one.shared))
    };
    let replaced: Vec<Own> = ours.replaced.iter().filter_map(replaced).collect();
    let ours = Ours { held: &held, base: &base, replaced: &replaced, wishes: &wishes };
    let date = merge(ours, Theirs { held: &theirs, updated });
    merged.settled = date.settled;
    merged.cancelled = date.cancelled;
    let elsewhere = here != slot && date.held != Own::default();
    merged.says = !date.push.is_empty() || (elsewhere && !date.cancelled);
    merged.push = date.push;
    if !date.cancelled {
        merged.held.put(here, date.held);
    }
    merged
}
