//! "This and following", as Google's own page does it: the old series is trimmed, a new one begins (facts:
//! google-calendar §3). One action of a person, two changes for whoever listens.

use chrono::{Duration, NaiveTime};
use serde_json::Value;

use super::access::{Actor, Role};
use super::clock::{When, civil, instant, utc};
use super::edit::{self, Mode};
use super::event::Content;
use super::find::Found;
use super::recurrence::{self, BUDGET, Place};
use super::{World, write};
use crate::wire::ApiError;

impl World {
    /// Changes an instance and all after it. The new series has an id like `<old>_R20261130T010000`, as the page's splits
    /// are seen to have; instances that were changed by themselves go back to the new rule.
    pub(crate) fn act_following(
        &mut self,
        actor: &Actor,
        target: (&str, &str),
        body: &Value,
        now: i64,
    ) -> Result<(String, String), ApiError> {
        let (calendar, _) = self.open(actor, target.0, Role::WriterWithoutPrivateAccess)?;
        let (series, at) = match self.find(&calendar, target.1)? {
            Found::Instance(master, slot) => (master.id, slot.start),
            Found::Copy(copy) => match (copy.content.series, copy.content.original_start) {
                (Some(series), Some(at)) => (series, at),
                _ => return Err(ApiError::invalid("Only an instance of a series can be split off.")),
            },
        };
        let mut master = self.copy(&calendar, &series).cloned().ok_or_else(ApiError::not_found)?;
        if !master.is_main(&calendar) {
            return Err(ApiError::not_organizer());
        }
        let place = self.place(&calendar);
        if at == master.content.start {
            return self.act_edit(actor, (&calendar, &series), body, Mode::Patch, None, now);
        }
        let length = master.content.end.at(place.zone) - master.content.start.at(place.zone);
        let (before, after) = split(&master.content, place, &at);
        let id = format!("{series}_R{}", at.suffix().trim_end_matches('Z'));
        let mut new = write::blank(&calendar, actor, &id, &format!("{id}@google.com"), now);
        let created = new.content.created;
        let uid = std::mem::take(&mut new.content.ical_uid);
        new.content = master.content.clone();
        (new.content.created, new.content.ical_uid, new.content.sequence) = (created, uid, 0);
        (new.private, new.own) = (master.private.clone(), master.own.clone());
        new.content.end = match (&at, &master.content.end) {
            (When::At(at, _), When::At(_, zone)) => When::At(at + length, *zone),
            (When::Day(day), _) => When::Day(*day + Duration::microseconds(length)),
            (_, end) => end.clone(),
        };
        new.content.start = at;
        new.content.recurrence = after;
        edit::apply(&mut new, body, Mode::Patch, place.zone)?;
        master.content.recurrence = before;
        self.save_main(&calendar, master, now, "split: trimmed");
        self.save_main(&calendar, new, now, "split: begun");
        Ok((calendar, id))
    }
}

/// The rule up to an instance, and from it on. The old one ends with the local day before, as Google's do.
fn split(content: &Content, place: Place, at: &When) -> (Vec<String>, Vec<String>) {
    let zone = if let When::At(_, Some(zone)) = at { *zone } else { place.zone };
    let begin = at.at(place.zone);
    let until = match at {
        When::Day(day) => (*day - Duration::days(1)).format("%Y%m%d").to_string(),
        When::At(at, _) => {
            let last = civil(*at, zone).date() - Duration::days(1);
            let end = last.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default());
            utc(instant(end, zone)).format("%Y%m%dT%H%M%SZ").to_string()
        }
    };
    let mut rule_only = content.clone();
    rule_only.recurrence.retain(|line| line.starts_with("RRULE"));
    let passed = recurrence::expand(&rule_only, place, i64::MIN, begin, BUDGET).len();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for line in &content.recurrence {
        match line.split_once(':') {
            Some((head, rule)) if head.eq_ignore_ascii_case("RRULE") => {
                let ends = |part: &&str| part.starts_with("COUNT=") || part.starts_with("UNTIL=");
                let kept: Vec<&str> = rule.split(';').filter(|part| !ends(part)).collect();
                before.push(format!("{head}:{};UNTIL={until}", kept.join(";")));
                let parts =
                    rule.split(';').map(|part| match part.strip_prefix("COUNT=").map(str::parse::<usize>) {
                        Some(Ok(count)) => format!("COUNT={}", count.saturating_sub(passed).max(1)),
                        _ => part.to_owned(),
                    });
                after.push(format!("{head}:{}", parts.collect::<Vec<_>>().join(";")));
            }
            Some((head, dates)) if head.to_ascii_uppercase().starts_with("RDATE") => {
                let (early, late): (Vec<&str>, Vec<&str>) = dates
                    .split(',')
                    .partition(|date| recurrence::instant_of(date, head, zone).is_none_or(|t| t < begin));
                for (lines, dates) in [(&mut before, early), (&mut after, late)] {
                    if !dates.is_empty() {
                        lines.push(format!("{head}:{}", dates.join(",")));
                    }
                }
            }
            _ => {
                before.push(line.clone());
                after.push(line.clone());
            }
        }
    }
    (before, after)
}
