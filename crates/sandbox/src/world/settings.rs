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
        }
    }
}
