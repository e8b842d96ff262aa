//! What can be tuned while the sandbox runs (`/sandbox/settings`).

use serde::{Deserialize, Serialize};

use super::quota::Refusal;

/// How many conflicts let a room decline a whole series; both rules were published by Google.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesRule {
    /// More than half of the instances, or more than eight (Calendar help, answer 16107253).
    #[default]
    HalfOrEight,
    /// More than a third of the instances, or more than five (Calendar help, answer 34584, older).
    ThirdOrFive,
}

impl SeriesRule {
    /// Whether the whole series is declined.
    pub fn declines(self, taken: usize, instances: usize) -> bool {
        match self {
            Self::HalfOrEight => taken * 2 > instances || taken > 8,
            Self::ThirdOrFive => taken * 3 > instances || taken > 5,
        }
    }
}

/// What stands where an optional list has no items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoItems {
    /// Nothing: the field is left out.
    #[default]
    Absent,
    /// `[]`.
    Empty,
    /// `null`.
    Null,
}

/// What becomes of the tokens of a person who is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspendedTokens {
    /// Access tokens live to their end, refresh tokens are refused.
    #[default]
    UntilExpiry,
    /// Both are refused at once.
    EndAtOnce,
    /// Both go on; only signing in is refused.
    LiveOn,
}

/// What a second import of an `iCalUID` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportAgain {
    /// Brings the imported event up to date.
    #[default]
    Update,
    /// 409 `duplicate`.
    Duplicate,
}

/// How it is refused to delete a primary calendar and to clear a secondary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarRefusals {
    /// 403 for deleting, 400 for clearing.
    #[default]
    ByCase,
    /// 400 for both.
    BadRequest,
    /// 403 for both.
    Forbidden,
}

/// Where Google is silent or slow, a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a room thinks before it answers.
    pub room_answer_delay_ms: i64,
    /// How long a change takes to the other copies.
    pub copy_delay_ms: i64,
    /// How long a notification takes to leave.
    pub notify_delay_ms: i64,
    /// Caps `maxResults`, for short pages.
    pub page_size: Option<usize>,
    /// Whether notifications leave at all.
    pub push_enabled: bool,
    /// How often a 500, 502, 503, 504 or a timeout is tried again.
    pub push_retries: u32,
    /// The longest life of a channel.
    pub push_ttl_max_s: i64,
    /// How long a sync token is good.
    pub sync_token_ttl_s: i64,
    /// The life of an access token.
    pub access_token_ttl_s: i64,
    /// Tombstones with all details on the organiser's calendar.
    pub full_tombstones: bool,
    /// `expiration` of a channel as a JSON number.
    pub numeric_expiration: bool,
    /// How many changes wait together for one notification: with it, none is added while one waits.
    pub notify_coalesce: bool,
    /// How much later than its notification a change enters deltas.
    pub list_delay_ms: i64,
    /// How long a deleted event is still listed and got.
    pub tombstone_ttl_s: i64,
    /// 400 for query parameters that a method does not have, else they are ignored.
    pub strict_parameters: bool,
    /// 400 for a sync token with other parameters than those of the first listing, else nobody minds.
    pub strict_sync_queries: bool,
    /// Repeated `privateExtendedProperty` (or `shared...`) are alternatives, else all must match.
    pub any_property: bool,
    /// A first page without items.
    pub empty_pages: bool,
    /// Listings in an order that is stable and nothing else.
    pub arbitrary_order: bool,
    /// Deltas keep to the window of the first listing, else they have changes at any time.
    pub delta_keeps_window: bool,
    /// Deltas repeat some events that did not change.
    pub delta_repeats: bool,
    /// What stands where attendees, recurrence, reminder overrides and entry points have no items.
    pub no_items: NoItems,
    /// Fields and values that no client knows yet.
    pub future_values: bool,
    /// Recurrence lines in the odd forms that Google is seen to give.
    pub odd_recurrence: bool,
    /// An occurrence whose wall time falls in a gap is left out, else it moves forward by the gap.
    pub skip_gaps: bool,
    /// A master's new times or rule take its exceptions back, else they stay.
    pub reset_exceptions: bool,
    /// How long a conference takes to be made.
    pub conference_delay_ms: i64,
    /// Whether making conferences fails.
    pub conference_fails: bool,
    /// When a room declines a whole series.
    pub series_rule: SeriesRule,
    /// Whether people who see only free and busy times of a room may book it.
    pub free_busy_books: bool,
    /// A room that declines is replaced by a similar one.
    pub replace_rooms: bool,
    /// A room is given back when all guests but one have declined.
    pub release_rooms: bool,
    /// A batch's parts are done from the last to the first; answers keep their order.
    pub batch_backwards: bool,
    /// So long a stopped channel is still heard.
    pub notify_after_stop_ms: i64,
    /// Google's clock is so much ahead.
    pub clock_skew_ms: i64,
    /// The project's status is "Testing": refresh tokens live seven days, unless they are about identity only.
    pub testing_mode: bool,
    /// Time-based access: refresh tokens live so long, and the answer says so.
    pub refresh_token_ttl_s: Option<i64>,
    /// A refresh gives a new refresh token and ends the old one.
    pub rotate_refresh_tokens: bool,
    /// The session policy of the Workspaces: after so long a person must sign in again.
    pub session_length_s: Option<i64>,
    /// Scopes that the admins have restricted.
    pub restricted_scopes: Vec<String>,
    /// How long a domain-wide delegation takes to work.
    pub delegation_delay_ms: i64,
    /// Requests in a minute, of one OAuth client.
    pub quota_project_per_minute: Option<u32>,
    /// Requests in a minute, of one person and OAuth client.
    pub quota_user_per_minute: Option<u32>,
    /// Requests in a day (UTC), of one OAuth client.
    pub quota_project_per_day: Option<u32>,
    /// Writes in a minute to one calendar.
    pub quota_calendar_writes_per_minute: Option<u32>,
    /// How requests above a rate are refused.
    pub quota_refusal: Refusal,
    /// `Retry-After` of such refusals; Google documents none.
    pub quota_retry_after_s: Option<u64>,
    /// Events that a person may make within a day before they may only read.
    pub usage_limit_events: Option<u32>,
    /// For how long they may only read.
    pub usage_limit_hours: i64,
    /// The tokens of a suspended person.
    pub suspended_tokens: SuspendedTokens,
    /// The status of `access_denied`, where a delegation allows only some of the scopes.
    pub partial_delegation_status: u16,
    /// A second import of the same `iCalUID`.
    pub import_again: ImportAgain,
    /// `quickAdd` reads days and times, else all of the text is the title.
    pub quick_add_reads: bool,
    /// Instance ids do not tell the original start.
    pub opaque_instance_ids: bool,
    /// Exceptions stay where the rule no longer has their slot, else they go.
    pub slotless_exceptions_stay: bool,
    /// A start that the rule does not have is an instance all the same.
    pub start_counts: bool,
    /// A deleted series has a tombstone for each exception besides the master's.
    pub tombstone_exceptions: bool,
    /// A delta of single events does not say which instances a series no longer has.
    pub delta_hides_lost: bool,
    /// Deleting a primary calendar, clearing a secondary one.
    pub calendar_refusals: CalendarRefusals,
    /// Of the rules that fit somebody the widest role decides, else the narrowest rule.
    pub widest_rule: bool,
    /// People may take away their own ownership.
    pub own_acl_changes: bool,
    /// How much later than in the Directory a new room's calendar is there.
    pub directory_lag_ms: i64,
    /// A deleted room's calendar can still be read, else it is 404.
    pub deleted_rooms_stay: bool,
    /// A room that comes back under its old name has its old address.
    pub room_addresses_return: bool,
    /// Rooms may have buildings, floors and features that nobody made, and what rooms have can be deleted.
    pub loose_places: bool,
    /// A person's new address ends what was granted under the old one: tokens, grants, channels.
    pub rename_ends_grants: bool,
    /// Refused requests count, else they cost nothing.
    pub refusals_cost: bool,
    /// A primary calendar can be taken off its person's list.
    pub own_list_entry_goes: bool,
    /// A redirected notification is sent to where it leads.
    pub push_follows_redirects: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            room_answer_delay_ms: 1_500,
            copy_delay_ms: 0,
            notify_delay_ms: 0,
            page_size: None,
            push_enabled: true,
            push_retries: 5,
            push_ttl_max_s: 30 * 86_400,
            sync_token_ttl_s: 28 * 86_400,
            access_token_ttl_s: 3_599,
            full_tombstones: false,
            numeric_expiration: false,
            notify_coalesce: false,
            list_delay_ms: 0,
            tombstone_ttl_s: 30 * 86_400,
            strict_parameters: false,
            strict_sync_queries: false,
            any_property: false,
            empty_pages: false,
            arbitrary_order: false,
            delta_keeps_window: false,
            delta_repeats: false,
            no_items: NoItems::Absent,
            future_values: false,
            odd_recurrence: false,
            skip_gaps: false,
            reset_exceptions: false,
            conference_delay_ms: 1_000,
            conference_fails: false,
            series_rule: SeriesRule::HalfOrEight,
            free_busy_books: false,
            replace_rooms: false,
            release_rooms: false,
            batch_backwards: false,
            notify_after_stop_ms: 0,
            clock_skew_ms: 0,
            testing_mode: false,
            refresh_token_ttl_s: None,
            rotate_refresh_tokens: false,
            session_length_s: None,
            restricted_scopes: Vec::new(),
            delegation_delay_ms: 0,
            quota_project_per_minute: None,
            quota_user_per_minute: None,
            quota_project_per_day: None,
            quota_calendar_writes_per_minute: None,
            quota_refusal: Refusal::default(),
            quota_retry_after_s: None,
            usage_limit_events: None,
            usage_limit_hours: 6,
            suspended_tokens: SuspendedTokens::UntilExpiry,
            partial_delegation_status: 400,
            import_again: ImportAgain::Update,
            quick_add_reads: true,
            opaque_instance_ids: false,
            slotless_exceptions_stay: false,
            start_counts: false,
            tombstone_exceptions: false,
            delta_hides_lost: false,
            calendar_refusals: CalendarRefusals::ByCase,
            widest_rule: false,
            own_acl_changes: false,
            directory_lag_ms: 0,
            deleted_rooms_stay: false,
            room_addresses_return: false,
            loose_places: false,
            rename_ends_grants: false,
            refusals_cost: false,
            own_list_entry_goes: false,
            push_follows_redirects: false,
        }
    }
}
