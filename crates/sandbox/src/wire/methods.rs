//! The methods of Calendar v3: verb, path, scopes (any one of them opens it) and query parameters, as the discovery
//! document has them.

use super::{ApiError, Query};

/// One method. Words in `scopes` (without their common prefix) and `query` are separated by spaces.
#[derive(Debug)]
pub(crate) struct Method {
    /// `resource.method`, as in the discovery document.
    pub(crate) id: &'static str,
    verb: &'static str,
    path: &'static str,
    scopes: &'static str,
    query: &'static str,
}

const fn method(
    id: &'static str,
    verb: &'static str,
    path: &'static str,
    scopes: &'static str,
    query: &'static str,
) -> Method {
    Method { id, verb, path, scopes, query }
}

const EVENTS_WRITE: &str = "calendar calendar.app.created calendar.events calendar.events.owned";
const EVENTS_READ: &str = "calendar calendar.app.created calendar.events calendar.events.freebusy \
     calendar.events.owned calendar.events.owned.readonly calendar.events.public.readonly calendar.events.readonly \
     calendar.readonly";
const ACL_WRITE: &str = "calendar calendar.acls";
const ACL_READ: &str = "calendar calendar.acls calendar.acls.readonly";
const CALENDARS_WRITE: &str = "calendar calendar.app.created calendar.calendars";
const LIST_WRITE: &str = "calendar calendar.app.created calendar.calendarlist";
const LIST_READ: &str = "calendar calendar.calendarlist calendar.calendarlist.readonly calendar.readonly";
const SETTINGS: &str = "calendar calendar.readonly calendar.settings calendar.settings.readonly";
const STOP: &str = "calendar calendar.acls calendar.acls.readonly calendar.app.created calendar.calendarlist \
     calendar.calendarlist.readonly calendar.events calendar.events.freebusy calendar.events.owned \
     calendar.events.owned.readonly calendar.events.public.readonly calendar.events.readonly calendar.readonly \
     calendar.settings calendar.settings.readonly";
const COLORS: &str = "calendar calendar.app.created calendar.calendarlist calendar.calendarlist.readonly \
     calendar.events.freebusy calendar.events.owned calendar.events.owned.readonly calendar.events.public.readonly \
     calendar.readonly";

const EVENTS: &str = "alwaysIncludeEmail eventTypes iCalUID maxAttendees maxResults orderBy pageToken \
     privateExtendedProperty q sharedExtendedProperty showDeleted showHiddenInvitations singleEvents syncToken timeMax \
     timeMin timeZone updatedMin";
const WRITE: &str = "conferenceDataVersion eventLabelVersion maxAttendees sendNotifications sendUpdates \
     supportsAttachments";
const REWRITE: &str = "alwaysIncludeEmail conferenceDataVersion eventLabelVersion maxAttendees sendNotifications \
     sendUpdates supportsAttachments";
const ACL: &str = "maxResults pageToken showDeleted syncToken";
const LIST: &str =
    "maxResults minAccessRole pageToken showDeleted showHidden showOwnOrganizationOnly syncToken";
const NOTIFY: &str = "sendNotifications sendUpdates";

/// What every method takes (discovery: `parameters`).
const COMMON: &str = "alt fields key oauth_token prettyPrint quotaUser userIp";

/// Every method of the discovery document, revision 20261030.
pub(crate) const METHODS: &[Method] = &[
    method("events.list", "GET", "calendars/{}/events", EVENTS_READ, EVENTS),
    method("events.insert", "POST", "calendars/{}/events", EVENTS_WRITE, WRITE),
    method(
        "events.import",
        "POST",
        "calendars/{}/events/import",
        EVENTS_WRITE,
        "conferenceDataVersion eventLabelVersion supportsAttachments",
    ),
    method(
        "events.quickAdd",
        "POST",
        "calendars/{}/events/quickAdd",
        EVENTS_WRITE,
        "sendNotifications sendUpdates text",
    ),
    method("events.watch", "POST", "calendars/{}/events/watch", EVENTS_READ, EVENTS),
    method(
        "events.get",
        "GET",
        "calendars/{}/events/{}",
        EVENTS_READ,
        "alwaysIncludeEmail maxAttendees timeZone",
    ),
    method("events.update", "PUT", "calendars/{}/events/{}", EVENTS_WRITE, REWRITE),
    method("events.patch", "PATCH", "calendars/{}/events/{}", EVENTS_WRITE, REWRITE),
    method("events.delete", "DELETE", "calendars/{}/events/{}", EVENTS_WRITE, NOTIFY),
    method(
        "events.move",
        "POST",
        "calendars/{}/events/{}/move",
        "calendar calendar.events calendar.events.owned",
        "destination sendNotifications sendUpdates",
    ),
    method(
        "events.instances",
        "GET",
        "calendars/{}/events/{}/instances",
        EVENTS_READ,
        "alwaysIncludeEmail maxAttendees maxResults originalStart pageToken showDeleted timeMax timeMin timeZone",
    ),
    method("calendars.insert", "POST", "calendars", CALENDARS_WRITE, ""),
    method(
        "calendars.get",
        "GET",
        "calendars/{}",
        "calendar calendar.app.created calendar.calendars calendar.calendars.readonly calendar.readonly",
        "",
    ),
    method("calendars.update", "PUT", "calendars/{}", CALENDARS_WRITE, ""),
    method("calendars.patch", "PATCH", "calendars/{}", CALENDARS_WRITE, ""),
    method("calendars.delete", "DELETE", "calendars/{}", CALENDARS_WRITE, ""),
    method("calendars.clear", "POST", "calendars/{}/clear", "calendar calendar.calendars", ""),
    method(
        "calendars.transferOwnership",
        "POST",
        "calendars/{}/transferOwnership",
        "calendar calendar.calendars",
        "newDataOwner useAdminAccess",
    ),
    method("acl.list", "GET", "calendars/{}/acl", ACL_READ, ACL),
    method("acl.insert", "POST", "calendars/{}/acl", ACL_WRITE, "sendNotifications"),
    method("acl.watch", "POST", "calendars/{}/acl/watch", ACL_READ, ACL),
    method(
        "acl.get",
        "GET",
        "calendars/{}/acl/{}",
        "calendar calendar.acls calendar.acls.readonly calendar.readonly",
        "",
    ),
    method("acl.update", "PUT", "calendars/{}/acl/{}", ACL_WRITE, "sendNotifications"),
    method("acl.patch", "PATCH", "calendars/{}/acl/{}", ACL_WRITE, "sendNotifications"),
    method("acl.delete", "DELETE", "calendars/{}/acl/{}", ACL_WRITE, ""),
    method("calendarList.list", "GET", "users/me/calendarList", LIST_READ, LIST),
    method(
        "calendarList.insert",
        "POST",
        "users/me/calendarList",
        "calendar calendar.calendarlist",
        "colorRgbFormat",
    ),
    method("calendarList.watch", "POST", "users/me/calendarList/watch", LIST_READ, LIST),
    method(
        "calendarList.get",
        "GET",
        "users/me/calendarList/{}",
        "calendar calendar.app.created calendar.calendarlist calendar.calendarlist.readonly calendar.readonly",
        "",
    ),
    method("calendarList.update", "PUT", "users/me/calendarList/{}", LIST_WRITE, "colorRgbFormat"),
    method("calendarList.patch", "PATCH", "users/me/calendarList/{}", LIST_WRITE, "colorRgbFormat"),
    method("calendarList.delete", "DELETE", "users/me/calendarList/{}", LIST_WRITE, ""),
    method("settings.list", "GET", "users/me/settings", SETTINGS, "maxResults pageToken syncToken"),
    method("settings.watch", "POST", "users/me/settings/watch", SETTINGS, "maxResults pageToken syncToken"),
    method("settings.get", "GET", "users/me/settings/{}", SETTINGS, ""),
    method("colors.get", "GET", "colors", COLORS, ""),
    method(
        "freebusy.query",
        "POST",
        "freeBusy",
        "calendar calendar.events.freebusy calendar.freebusy calendar.readonly",
        "",
    ),
    method("channels.stop", "POST", "channels/stop", STOP, ""),
];

impl Method {
    /// The method of a verb and a path under `/calendar/v3/`, with what stands in the path's braces.
    pub(crate) fn find<'a>(verb: &str, path: &[&'a str]) -> Option<(&'static Self, Vec<&'a str>)> {
        METHODS
            .iter()
            .filter(|method| method.verb == verb)
            .find_map(|method| Some((method, fills(method.path, path)?)))
    }

    /// Any one of these scopes opens it.
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        self.scopes.split_whitespace().collect()
    }

    /// 400 for a parameter that the method does not have.
    pub(crate) fn check_query(&self, query: &Query) -> Result<(), ApiError> {
        let known =
            |name: &str| COMMON.split(' ').chain(self.query.split_whitespace()).any(|word| word == name);
        match query.pairs().iter().find(|(name, _)| !known(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let mut error = ApiError::parameter(name, &format!("Unknown parameter: '{name}'."));
                error.reason = "invalidParameter".to_owned();
                Err(error)
            }
        }
    }
}

/// What stands at the braces, if the path fits the pattern.
fn fills<'a>(pattern: &str, path: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut words = pattern.split('/');
    let mut found = Vec::new();
    for part in path {
        match words.next()? {
            "{}" => found.push(*part),
            word if word == *part => {}
            _ => return None,
        }
    }
    words.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::METHODS;

    #[test]
    fn the_table_is_the_discovery_documents() {
        let text = include_str!("../../tests/discovery/calendar.v3.json");
        let document: Value = serde_json::from_str(text).unwrap();
        let mut documented = BTreeSet::new();
        for resource in document["resources"].as_object().unwrap().values() {
            for method in resource["methods"].as_object().unwrap().values() {
                let path = method["path"].as_str().unwrap();
                let path = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
                let scopes = method["scopes"].as_array().unwrap().iter();
                let scopes =
                    scopes.map(|scope| scope.as_str().unwrap().rsplit('/').next().unwrap().to_owned());
                let empty = serde_json::Map::new();
                let parameters = method["parameters"].as_object().unwrap_or(&empty).iter();
                let query = parameters.filter(|(_, about)| about["location"] == "query");
                documented.insert((
                    method["id"].as_str().unwrap().trim_start_matches("calendar.").to_owned(),
                    method["httpMethod"].as_str().unwrap().to_owned(),
                    path.collect::<Vec<_>>().join("/"),
                    scopes.collect::<BTreeSet<_>>(),
                    query.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(),
                ));
            }
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
        let held: BTreeSet<_> = METHODS
            .iter()
            .map(|m| (m.id.to_owned(), m.verb.to_owned(), m.path.to_owned(), words(m.scopes), words(m.query)))
            .collect();
        assert_eq!(held, documented);
        assert_eq!(METHODS.len(), documented.len());
    }
}
