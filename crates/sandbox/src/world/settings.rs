//! What can be tuned while the sandbox runs (`/sandbox/settings`).

use serde::{Deserialize, Serialize};

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
        }
    }
}
