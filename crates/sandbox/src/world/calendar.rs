//! A calendar: a person's primary one, or a room's.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::access::Role;
use super::event::EventCopy;

/// Whose calendar it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's primary calendar; its id is the e-mail address.
    Person,
    /// A resource calendar.
    Room,
}

/// A calendar with the copies that live on it.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The address.
    pub id: String,
    /// The name.
    pub summary: String,
    /// Its zone.
    pub zone: Tz,
    /// Person or room.
    pub kind: Kind,
    /// The company's domain, none for consumer accounts.
    pub company: Option<String>,
    /// Whether a room answers by itself.
    pub auto_accept: bool,
    /// Copies by event id.
    pub events: BTreeMap<String, EventCopy>,
    /// Roles that differ from the company's rule.
    pub roles: BTreeMap<String, Role>,
    /// Grows when sync tokens are invalidated.
    pub epoch: u64,
    /// Last change.
    pub updated: i64,
}

impl Calendar {
    pub(crate) fn new(id: &str, summary: &str, zone: Tz, kind: Kind, company: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            summary: summary.to_owned(),
            zone,
            kind,
            company: company.map(str::to_owned),
            auto_accept: kind == Kind::Room,
            events: BTreeMap::new(),
            roles: BTreeMap::new(),
            epoch: 0,
            updated: 0,
        }
    }

    /// Exceptions of a series, in id order.
    pub(crate) fn exceptions<'a>(&'a self, series: &'a str) -> impl Iterator<Item = &'a EventCopy> {
        let from = format!("{series}_");
        self.events
            .range(from.clone()..)
            .take_while(move |(id, _)| id.starts_with(&from))
            .map(|(_, copy)| copy)
            .filter(move |copy| copy.content.series.as_deref() == Some(series))
    }
}
