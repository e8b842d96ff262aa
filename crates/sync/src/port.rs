//! The port to Google: what we ask, what it answered, in our words. Spoken by `google`, `booking` and the machines.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures::future::BoxFuture;
use model::{Instant, TimeRange};
use serde_json::Value;

/// One call to Google Calendar. Ids of calendars and events are Google's, unencoded.
#[derive(Clone, Debug, PartialEq)]
pub enum RemoteOp {
    /// `events.insert` with a client-supplied id inside `body`.
    EventInsert { calendar: String, body: Value, notify: Notify },
    /// `events.patch`: `patch` is the difference only (decisions: "writes are differences").
    EventPatch { calendar: String, event: String, if_match: Option<String>, patch: Value, notify: Notify },
    /// `events.delete`.
    EventDelete { calendar: String, event: String, if_match: Option<String>, notify: Notify },
    /// `events.get`; answers cancelled events too.
    EventGet { calendar: String, event: String },
    /// `events.list` with `singleEvents=false`, always with the same query.
    EventsList { calendar: String, sync_token: Option<String>, page_token: Option<String> },
    /// `events.instances` of a series inside a window.
    EventInstances { calendar: String, event: String, window: TimeRange, page_token: Option<String> },
    /// `events.watch`. `ttl_secs` is a wish; the granted expiration is in the answer.
    Watch { calendar: String, channel_id: String, address: String, token: String, ttl_secs: i64 },
    /// `channels.stop`.
    ChannelStop { channel_id: String, resource_id: String },
    /// `calendars.get`: the calendar's own zone.
    CalendarGet { calendar: String },
}

/// `sendUpdates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    All,
    None,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Event(Box<RemoteEvent>),
    Deleted,
    Page(Page),
    Channel(ChannelGrant),
    Stopped,
    Calendar { zone: Option<String> },
    Failed(Failure),
}

/// Why a call came to nothing, by what it means for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 404: never existed, or no access. Never a reason to delete.
    NotFound,
    /// 410 `deleted`: it was there and is gone.
    Deleted,
    /// 410 `fullSyncRequired` / `updatedMinTooLongAgo`.
    FullSyncRequired,
    /// 409 `duplicate`: the id is taken, perhaps by an event of ours, perhaps by a deleted one.
    Duplicate,
    /// 412: the copy changed since its etag was read.
    PreconditionFailed,
    /// 403/429 with a usage-limit reason.
    RateLimited { retry_after_secs: Option<i64> },
    /// 401: the access token is not accepted; refresh once.
    Unauthorized,
    /// 403 for want of rights or scopes; `reason` is Google's word.
    Forbidden { reason: String },
    /// 400 `pushNotSupportedForRequestedResource` and its like: this calendar can only be polled.
    PushUnsupported { reason: String },
    /// Another 4xx: permanent.
    Rejected { status: u16, reason: String },
    /// 5xx, connection lost, timed out: the call **may have been executed**.
    Unknown { detail: String },
    /// A success whose body cannot be understood (HTML, too large, not JSON).
    Malformed { detail: String },
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub events: Vec<RemoteEvent>,
    pub next_page_token: Option<String>,
    /// On the last page only.
    pub next_sync_token: Option<String>,
    /// The calendar's zone as the listing says it.
    pub zone: Option<String>,
}

/// The answer to `events.watch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelGrant {
    pub channel_id: String,
    pub resource_id: String,
    /// `None` where Google did not say.
    pub expires: Option<Instant>,
}

/// One copy of an event as Google holds it, tolerant of anything missing. Absent is not empty: `Option`s say so.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteEvent {
    pub id: String,
    pub etag: Option<String>,
    pub ical_uid: Option<String>,
    pub status: RemoteStatus,
    /// `None` where the reader may not see it, or it has none.
    pub title: Option<String>,
    /// `None` for tombstones, and where it could not be understood (then `opaque` is set).
    pub when: Option<RemoteTime>,
    /// RRULE, RDATE, EXDATE lines; empty for single events and instances.
    pub recurrence: Vec<String>,
    pub recurring_event_id: Option<String>,
    pub original_start: Option<RemoteWhen>,
    /// `transparency: transparent`.
    pub transparent: bool,
    /// `visibility: private` or `confidential`.
    pub private: bool,
    pub organizer: Option<RemotePerson>,
    pub attendees: Option<Vec<RemoteAttendee>>,
    /// `default`, `workingLocation`, `birthday`, `outOfOffice`, ... or something newer.
    pub event_type: Option<String>,
    /// `extendedProperties.private` of this copy.
    pub private_props: BTreeMap<String, String>,
    pub html_link: Option<String>,
    pub updated: Option<Instant>,
    pub created: Option<Instant>,
    /// `attendeesOmitted`: there are more than these.
    pub attendees_omitted: bool,
    /// The item as received.
    pub raw: Raw,
    /// Something in it was not understood; it is shown as busy time where it has a time, never dropped.
    pub opaque: bool,
}

/// An item as received, kept as text: a listing holds thousands of them, and a tree takes several times as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw(Box<str>);

impl Raw {
    pub fn of(item: &Value) -> Self {
        Self(item.to_string().into())
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn json(&self) -> Value {
        // It was written by `of`: it can be read.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteStatus {
    Confirmed,
    Tentative,
    Cancelled,
}

/// `start` / `end` / `originalStartTime`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteWhen {
    /// A `dateTime`, with the event's own zone where given.
    At { at: Instant, zone: Option<String> },
    /// A `date`: all-day, in the calendar's zone.
    Day(NaiveDate),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteTime {
    pub start: RemoteWhen,
    /// Exclusive, also for dates.
    pub end: RemoteWhen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePerson {
    pub email: String,
    pub name: Option<String>,
    pub is_self: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteAttendee {
    pub email: String,
    pub name: Option<String>,
    pub resource: bool,
    pub is_self: bool,
    pub response: Response,
}

/// `responseStatus`; an unknown word counts as `NeedsAction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    NeedsAction,
    Declined,
    Tentative,
    Accepted,
}

impl Response {
    /// By Google's word (discovery: `EventAttendee.responseStatus`).
    pub fn of_word(word: Option<&str>) -> Self {
        match word {
            Some("accepted") => Self::Accepted,
            Some("declined") => Self::Declined,
            Some("tentative") => Self::Tentative,
            _ => Self::NeedsAction,
        }
    }
}

/// A token that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Google Calendar, as somebody.
pub trait CalendarPort: Send + Sync {
    fn call<'a>(&'a self, token: &'a Secret, op: RemoteOp) -> BoxFuture<'a, Outcome>;

    /// Calls that do not depend on each other; their outcomes in the same order, each what [`CalendarPort::call`] would
    /// give. They may be executed in any order.
    fn batch<'a>(&'a self, token: &'a Secret, ops: Vec<RemoteOp>) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(ops.len());
            for op in ops {
                outcomes.push(self.call(token, op).await);
            }
            outcomes
        })
    }
}

/// What a sign-in asks of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// `openid email profile`.
    Identity,
    /// Identity and `calendar.events`: bookings on the person's own calendar; `access_type=offline`.
    Calendar,
    /// Identity, Directory reading and all room calendars: founding a company; `access_type=offline`, `prompt=consent`.
    Company,
}

/// Where to send the browser, and what must come back.
#[derive(Clone, Debug)]
pub struct Authorization {
    pub url: String,
    pub state: Secret,
    pub nonce: Secret,
    pub pkce_verifier: Secret,
}

/// Tokens of a grant.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub expires: Instant,
    /// What was really granted.
    pub scopes: Vec<String>,
}

/// A verified identity: signature, `iss`, `aud`, `exp`, `nonce`, `email_verified` were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user key; the e-mail may change.
    pub sub: String,
    pub email: String,
    pub name: Option<String>,
    /// The Workspace domain; `None` is a personal account.
    pub hosted_domain: Option<String>,
}

/// Why a sign-in or refresh came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthFailure {
    /// `invalid_grant`, `deleted_client`, `admin_policy_enforced`: ask the person again.
    Revoked { reason: String },
    /// The id token is not acceptable; `why` names the check, never the content.
    BadIdToken { why: &'static str },
    /// Our own client is misconfigured (`invalid_client`, `redirect_uri_mismatch`, ...).
    Misconfigured { reason: String },
    /// 5xx, timeouts: try later.
    Unavailable { detail: String },
}

/// A token of a service account that acts for a person. There is nothing to refresh: another one is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegated {
    pub access: Secret,
    pub expires: Instant,
}

/// Why a service account got no token for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DelegationFailure {
    /// There is none.
    NoAccount,
    /// The domain's admin has not allowed the scopes to its client: `unauthorized_client`, `access_denied`.
    NotDelegated { reason: String },
    /// The domain has no such person, or they are suspended.
    UnknownSubject,
    /// Its key or the account itself is not accepted.
    BadKey { reason: String },
    /// This machine's clock differs too much from Google's.
    Clock,
    /// 5xx, timeouts: try later.
    Unavailable { detail: String },
}

/// Google's OAuth 2.0 and `OpenID` Connect.
pub trait IdentityPort: Send + Sync {
    /// Whether there is a service account.
    fn has_service_account(&self) -> bool {
        false
    }

    /// A token of the service account to act for the person with this address on their calendar.
    fn act_as<'a>(
        &'a self,
        _subject: &'a str,
        _now: Instant,
    ) -> BoxFuture<'a, Result<Delegated, DelegationFailure>> {
        Box::pin(async { Err(DelegationFailure::NoAccount) })
    }

    /// Makes state, nonce and PKCE verifier from the operating system's randomness.
    fn authorization(&self, consent: Consent, redirect_uri: &str, login_hint: Option<&str>) -> Authorization;

    /// Exchanges the code and verifies the id token against `nonce` and `now`.
    fn exchange<'a>(
        &'a self,
        code: &'a str,
        redirect_uri: &'a str,
        pkce_verifier: &'a Secret,
        nonce: &'a Secret,
        now: Instant,
    ) -> BoxFuture<'a, Result<(Identity, Tokens), AuthFailure>>;

    fn refresh<'a>(
        &'a self,
        refresh: &'a Secret,
        scopes: &'a [String],
        now: Instant,
    ) -> BoxFuture<'a, Result<Tokens, AuthFailure>>;

    fn revoke<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<(), AuthFailure>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryBuilding {
    pub id: String,
    pub name: String,
    /// Lowest to highest.
    pub floors: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRoom {
    pub resource_id: String,
    pub name: String,
    /// The calendar's id and the attendee's address.
    pub email: String,
    pub building_id: Option<String>,
    pub floor: Option<String>,
    pub capacity: Option<i32>,
    pub features: Vec<String>,
    pub description: Option<String>,
    /// `false` for `resourceCategory: OTHER`; unknown ones are rooms.
    pub is_room: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    pub id: String,
    pub email: String,
    pub given_name: String,
    pub family_name: String,
    pub full_name: String,
    pub display_name: String,
    /// Title and department, joined for people (`책임 · 개발팀`).
    pub department: String,
    pub is_admin: bool,
    pub suspended: bool,
}

/// The Admin SDK Directory. Every listing is complete or an error; a short one is never taken for all.
pub trait DirectoryPort: Send + Sync {
    fn buildings<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryBuilding>, Failure>>;
    fn rooms<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryRoom>, Failure>>;
    fn users<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryUser>, Failure>>;
    /// By e-mail; `isAdmin` decides who may found a company.
    fn user<'a>(&'a self, token: &'a Secret, key: &'a str) -> BoxFuture<'a, Result<DirectoryUser, Failure>>;
}
