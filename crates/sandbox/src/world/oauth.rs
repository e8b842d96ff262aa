//! OAuth clients, codes, grants and tokens (facts: google-calendar §1).

use std::collections::{BTreeMap, BTreeSet};

use super::id_token::IdTokenFault;
use super::service_account::{DEMO_SERVICE_ACCOUNT, Delegation, ServiceAccount};

/// The demo's client id.
pub const DEMO_CLIENT: &str = "roomly-demo.apps.googleusercontent.com";
/// The demo's client secret; it opens nothing but this sandbox.
pub const DEMO_SECRET: &str = "roomly-demo-secret";

/// A code that waits to be exchanged.
#[derive(Debug, Clone)]
pub struct Code {
    /// Who consented.
    pub user: String,
    /// For which client.
    pub client: String,
    /// Must be equal at the exchange.
    pub redirect_uri: String,
    /// What was granted.
    pub scopes: BTreeSet<String>,
    /// Echoed in the id token.
    pub nonce: Option<String>,
    /// PKCE: the challenge and whether it is hashed.
    pub challenge: Option<(String, bool)>,
    /// Whether a refresh token comes with it.
    pub refresh: bool,
    /// Ten minutes.
    pub expires: i64,
}

/// An access token's meaning.
#[derive(Debug, Clone)]
pub struct Access {
    /// Whose.
    pub user: String,
    /// For which client.
    pub client: String,
    /// What it may.
    pub scopes: BTreeSet<String>,
    /// Until when.
    pub expires: i64,
    /// The service account that it was given to.
    pub via: Option<String>,
    /// The refresh token it belongs to.
    pub refresh: Option<String>,
}

/// A refresh token's meaning.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// Whose.
    pub user: String,
    /// For which client.
    pub client: String,
    /// What it may.
    pub scopes: BTreeSet<String>,
    /// When it was made: the oldest of more than a hundred dies.
    pub made: u64,
    /// Last use: six idle months kill it.
    pub used: i64,
    /// When the person consented.
    pub born: i64,
}

/// The authorisation server's memory.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// Secrets by client id.
    pub clients: BTreeMap<String, String>,
    /// Registered besides all loopback ones.
    pub redirect_uris: BTreeSet<String>,
    /// What people granted, by person and client.
    pub grants: BTreeMap<(String, String), BTreeSet<String>>,
    /// Clients that their project has deleted.
    pub deleted_clients: BTreeSet<String>,
    /// Clients of the audience "Internal", and whose people they are for.
    pub internal_clients: BTreeMap<String, String>,
    /// Robots by address.
    pub service_accounts: BTreeMap<String, ServiceAccount>,
    /// What clients may do for everybody of a domain, by domain and numeric client id.
    pub delegations: BTreeMap<(String, String), Delegation>,
    /// How many times the signing key was rotated.
    pub key_generation: u64,
    /// What is wrong with the next id token; used once.
    pub next_id_token: Option<IdTokenFault>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) access: BTreeMap<String, Access>,
    pub(crate) refresh: BTreeMap<String, Refresh>,
}

impl Default for OAuth {
    fn default() -> Self {
        Self {
            clients: BTreeMap::from([(DEMO_CLIENT.to_owned(), DEMO_SECRET.to_owned())]),
            redirect_uris: BTreeSet::new(),
            grants: BTreeMap::new(),
            deleted_clients: BTreeSet::new(),
            internal_clients: BTreeMap::new(),
            service_accounts: BTreeMap::from([(DEMO_SERVICE_ACCOUNT.to_owned(), ServiceAccount::demo())]),
            delegations: BTreeMap::new(),
            key_generation: 0,
            next_id_token: None,
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
        }
    }
}

impl OAuth {
    /// Takes everything back that a person granted to a client: all scopes, all tokens (facts: google-calendar §1).
    pub fn revoke(&mut self, user: &str, client: &str) {
        self.grants.remove(&(user.to_owned(), client.to_owned()));
        self.access.retain(|_, held| held.user != user || held.client != client);
        self.refresh.retain(|_, held| held.user != user || held.client != client);
        self.codes.retain(|_, held| held.user != user || held.client != client);
    }

    /// Ends all access tokens early; refresh tokens stay.
    pub fn expire_access(&mut self) {
        self.access.clear();
    }
}
