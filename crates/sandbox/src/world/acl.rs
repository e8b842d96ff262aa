//! Who may see and change a calendar: its access rules (discovery: `AclRule`).

use serde_json::{Value, json};

use super::World;
use super::access::{Actor, Role};
use super::calendar::{Calendar, Kind};
use super::push::Resource;
use super::small_list::Item;
use crate::wire::{ApiError, Query};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `user`, `group`, `domain` or `default`.
    pub scope: String,
    /// The address or domain; empty for `default`.
    pub value: String,
    /// What it gives; `none` shuts out whom a wider rule lets in.
    pub role: Role,
    /// Taken back: only listings with deleted ones still show it.
    pub deleted: bool,
    /// The world's counter at its last change.
    pub changed: u64,
    /// The world's counter when it last began or ceased to give something.
    pub given: u64,
}

impl Rule {
    pub(crate) fn new(scope: &str, value: &str, role: Role) -> Self {
        let value = value.to_ascii_lowercase();
        Self { scope: scope.to_owned(), value, role, deleted: false, changed: 0, given: 0 }
    }

    /// `user:mina@hanbit.example`, `domain:hanbit.example`, `default`.
    pub fn id(&self) -> String {
        if self.scope == "default" { self.scope.clone() } else { format!("{}:{}", self.scope, self.value) }
    }
}

impl World {
    /// The role of a person on a calendar. The narrowest rule decides: the person's own, their groups', their domain's,
    /// everybody's; or the widest role that any of them gives (`widest_rule`). Which is undocumented. The company's admin
    /// owns its rooms (decisions 17).
    pub fn role(&self, email: &str, calendar: &str) -> Role {
        let Some(home) = self.calendars.get(calendar) else { return Role::None };
        let rule = |id: &str| home.rules.get(id).filter(|rule| !rule.deleted).map(|rule| rule.role);
        let own = rule(&format!("user:{email}"));
        let user = self.directory.users.get(email);
        let domain = user.and_then(|user| user.domain.as_ref());
        let rules_rooms = home.kind == Kind::Room
            && domain.is_some()
            && domain == home.company.as_ref()
            && user.is_some_and(|user| user.admin);
        let by_admin = rules_rooms.then_some(Role::Owner);
        let groups = self.groups.iter().filter(|(_, members)| members.contains(email));
        let by_group = groups.filter_map(|(group, _)| rule(&format!("group:{group}"))).max();
        let by_domain = domain.and_then(|domain| rule(&format!("domain:{domain}")));
        let mut all = [own, by_admin, by_group, by_domain, rule("default")].into_iter().flatten();
        let role = if self.settings.widest_rule { all.max() } else { all.next() };
        role.unwrap_or(Role::None)
    }

    /// Gives a role on a calendar; its sync tokens end, as Google's do when ACLs change (facts: google-calendar §4).
    pub fn set_role(&mut self, calendar: &str, email: &str, role: Role) {
        self.put_rule(calendar, Rule::new("user", email, role));
    }

    fn put_rule(&mut self, calendar: &str, mut rule: Rule) {
        rule.changed = self.next();
        let person = (rule.scope == "user").then(|| rule.value.clone());
        let Some(home) = self.calendars.get_mut(calendar) else { return };
        home.epoch += 1;
        let gives = |rule: &Rule| !rule.deleted && rule.role > Role::None;
        let old = home.rules.get(&rule.id()).filter(|old| gives(old) == gives(&rule));
        rule.given = old.map_or(rule.changed, |old| old.given);
        home.rules.insert(rule.id(), rule);
        self.touch(Resource::Acl(calendar.to_owned()));
        if let Some(person) = person {
            self.touch(Resource::CalendarList(person));
        }
    }

    fn rule(&self, calendar: &str, id: &str) -> Result<Rule, ApiError> {
        let home = self.calendars.get(calendar).ok_or_else(ApiError::not_found)?;
        let rule = home.rules.get(&id.to_ascii_lowercase()).filter(|rule| !rule.deleted);
        rule.cloned().ok_or_else(ApiError::not_found)
    }

    fn show_rule(&self, rule: &Rule) -> Value {
        let role = if rule.deleted { Role::None } else { rule.role };
        let mut scope = json!({ "type": rule.scope });
        if rule.scope != "default" {
            scope["value"] = json!(rule.value);
        }
        json!({ "kind": "calendar#aclRule", "etag": self.etag(rule.changed), "id": rule.id(), "scope": scope,
            "role": role.word() })
    }

    /// Google: `acl.list`; rules that were taken back have the role `none`.
    pub(crate) fn acl_list(&self, calendar: &str, query: &Query, now: i64) -> Result<Value, ApiError> {
        let home = self.calendars.get(calendar).ok_or_else(ApiError::not_found)?;
        let items = home.rules.values().map(|rule| Item {
            key: (0, rule.id()),
            changed: rule.changed,
            deleted: rule.deleted,
            hidden: false,
            value: self.show_rule(rule),
        });
        self.small_list("calendar#acl", &format!("acl:{calendar}"), items.collect(), query, now)
    }

    /// Google: `acl.get`.
    pub(crate) fn acl_get(&self, calendar: &str, id: &str) -> Result<Value, ApiError> {
        self.rule(calendar, id).map(|rule| self.show_rule(&rule))
    }

    /// Google: `acl.insert`; over a rule with the same scope it is a change.
    pub(crate) fn acl_insert(
        &mut self,
        actor: &Actor,
        calendar: &str,
        body: &Value,
    ) -> Result<Value, ApiError> {
        let scope =
            body["scope"]["type"].as_str().ok_or_else(|| ApiError::required("Missing scope type."))?;
        let value = body["scope"]["value"].as_str().unwrap_or_default();
        let good = match scope {
            "default" => value.is_empty(),
            "user" | "group" => value.contains('@'),
            "domain" => !value.is_empty() && !value.contains('@'),
            _ => false,
        };
        if !good {
            return Err(ApiError::invalid("Invalid scope value."));
        }
        let rule = Rule::new(scope, value, role_of(body)?);
        self.guard_owner(actor, calendar, &rule)?;
        let id = rule.id();
        self.put_rule(calendar, rule);
        self.acl_get(calendar, &id)
    }

    /// Google: `acl.patch` and `acl.update`: of a rule only the role can change.
    pub(crate) fn acl_edit(
        &mut self,
        actor: &Actor,
        (calendar, id): (&str, &str),
        body: &Value,
        if_match: Option<&str>,
    ) -> Result<Value, ApiError> {
        let mut rule = self.rule(calendar, id)?;
        self.check_if_match(if_match, rule.changed)?;
        if body.get("role").is_some() {
            rule.role = role_of(body)?;
        }
        self.guard_owner(actor, calendar, &rule)?;
        self.put_rule(calendar, rule);
        self.acl_get(calendar, id)
    }

    /// Google: `acl.delete`.
    pub(crate) fn acl_delete(
        &mut self,
        actor: &Actor,
        (calendar, id): (&str, &str),
        if_match: Option<&str>,
    ) -> Result<(), ApiError> {
        let mut rule = self.rule(calendar, id)?;
        self.check_if_match(if_match, rule.changed)?;
        rule.deleted = true;
        self.guard_owner(actor, calendar, &rule)?;
        self.put_rule(calendar, rule);
        Ok(())
    }

    /// Nobody takes away their own ownership, or that of a primary calendar's person, without `own_acl_changes` (the
    /// reason's name is observed, all of it undocumented).
    fn guard_owner(&self, actor: &Actor, calendar: &str, rule: &Rule) -> Result<(), ApiError> {
        let keeps = rule.role == Role::Owner && !rule.deleted;
        let home: Option<&Calendar> = self.calendars.get(calendar);
        let of_owner = rule.value == calendar
            || home.and_then(|home| home.owner.as_ref()).is_some_and(|owner| *owner == rule.value);
        if rule.scope == "user"
            && !keeps
            && !self.settings.own_acl_changes
            && (rule.value == actor.email || of_owner)
        {
            return Err(ApiError::new(403, "cannotChangeOwnAcl", "Cannot change your own access level."));
        }
        Ok(())
    }

    /// 412 unless the etag is the one that is held.
    pub(crate) fn check_if_match(&self, if_match: Option<&str>, held: u64) -> Result<(), ApiError> {
        match if_match {
            None | Some("*") => Ok(()),
            Some(sent) if sent == self.etag(held) => Ok(()),
            Some(_) => Err(ApiError::precondition()),
        }
    }
}

fn role_of(body: &Value) -> Result<Role, ApiError> {
    let word = body["role"].as_str().ok_or_else(|| ApiError::required("Missing role."))?;
    Role::parse(word).ok_or_else(|| ApiError::invalid("Invalid role."))
}
