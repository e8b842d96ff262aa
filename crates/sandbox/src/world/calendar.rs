//! A calendar: a person's primary one, a room's, or a secondary one.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::access::Role;
use super::acl::Rule;
use super::event::EventCopy;

/// Whose calendar it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's primary calendar; its id is the e-mail address.
    Person,
    /// A resource calendar.
    Room,
    /// One that somebody made besides their own.
    Secondary,
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
    /// Person, room or secondary.
    pub kind: Kind,
    /// The company's domain, none for consumer accounts.
    pub company: Option<String>,
    /// Whether a room answers by itself.
    pub auto_accept: bool,
    /// Copies by event id.
    pub events: BTreeMap<String, EventCopy>,
    /// Access rules by rule id, deleted ones too.
    pub rules: BTreeMap<String, Rule>,
    /// `description`, `location` and what else is written as it is.
    pub about: Map<String, Value>,
    /// The data owner of a secondary calendar.
    pub owner: Option<String>,
    /// The OAuth client that made a secondary calendar.
    pub made_by: Option<String>,
    /// Grows when sync tokens are invalidated.
    pub epoch: u64,
    /// Last change of an event, in microseconds.
    pub updated: i64,
    /// The world's counter at the last change of an event.
    pub changed: u64,
    /// The world's counter at the last change of the calendar itself.
    pub described: u64,
}

impl Calendar {
    /// A calendar as it is at first: its person owns it, colleagues read it.
    pub(crate) fn new(id: &str, summary: &str, zone: Tz, kind: Kind, company: Option<&str>) -> Self {
        let mut rules = BTreeMap::new();
        let mut add = |rule: Rule| rules.insert(rule.id(), rule);
        if kind == Kind::Person {
            add(Rule::new("user", id, Role::Owner));
        }
        if let Some(domain) = company.filter(|_| kind != Kind::Secondary) {
            add(Rule::new("domain", domain, Role::Reader));
        }
        Self {
            id: id.to_owned(),
            summary: summary.to_owned(),
            zone,
            kind,
            company: company.map(str::to_owned),
            auto_accept: kind == Kind::Room,
            events: BTreeMap::new(),
            rules,
            about: Map::new(),
            owner: None,
            made_by: None,
            epoch: 0,
            updated: 0,
            changed: 0,
            described: 0,
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
