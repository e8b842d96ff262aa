//! A grant that is given anew while Google is asked about the old one.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use model::ServerId;
use store::Store;
use sync::port::{
    Authorization, CalendarPort, Consent, DirectoryBuilding, DirectoryPort, DirectoryRoom, DirectoryUser,
    Failure as GoogleFailure, Identity, IdentityPort, Outcome, RemoteOp,
};
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::engine::{Ports, Roles, Settings};
use crate::quota::Quota;
use crate::vault::Vault;

type Answer = Result<Tokens, AuthFailure>;

/// Answers a refresh when it is told to.
#[derive(Default)]
struct Google {
    asked: Notify,
    answer: Mutex<Option<oneshot::Receiver<Answer>>>,
}

impl CalendarPort for Google {
    fn call<'a>(&'a self, _: &'a Secret, _: RemoteOp) -> BoxFuture<'a, Outcome> {
        unreachable!("nobody asks for calendars")
    }
}

impl IdentityPort for Google {
    fn authorization(&self, _: Consent, _: &str, _: Option<&str>) -> Authorization {
        unreachable!("nobody signs in")
    }
    fn exchange<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a Secret,
        _: &'a Secret,
        _: Instant,
    ) -> BoxFuture<'a, Result<(Identity, Tokens), AuthFailure>> {
        unreachable!("nobody signs in")
    }
    fn refresh<'a>(&'a self, _: &'a Secret, _: &'a [String], _: Instant) -> BoxFuture<'a, Answer> {
        let answer = self.answer.lock().unwrap().take().unwrap();
        self.asked.notify_one();
        Box::pin(async move { answer.await.unwrap() })
    }
    fn revoke<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<(), AuthFailure>> {
        unreachable!("nobody leaves")
    }
}

impl DirectoryPort for Google {
    fn buildings<'a>(
        &'a self,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<Vec<DirectoryBuilding>, GoogleFailure>> {
        unreachable!("nobody asks for the Directory")
    }
    fn rooms<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryRoom>, GoogleFailure>> {
        unreachable!("nobody asks for the Directory")
    }
    fn users<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryUser>, GoogleFailure>> {
        unreachable!("nobody asks for the Directory")
    }
    fn user<'a>(&'a self, _: &'a Secret, _: &'a str) -> BoxFuture<'a, Result<DirectoryUser, GoogleFailure>> {
        unreachable!("nobody asks for the Directory")
    }
}

struct House {
    engine: Engine,
    google: Arc<Google>,
    company: CompanyId,
    folder: PathBuf,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

const NOW: Instant = Instant::from_secs(1_795_000_000);

impl House {
    /// A company whose access token is over.
    async fn open() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("roomly-grants-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&format!("sqlite://{}/roomly.db?mode=rwc", folder.display())).await.unwrap();
        let company = CompanyId::new(NOW, [1; 10]);
        let domain = "hanbit.example".to_owned();
        store.company_insert(NOW, company, "한빛".into(), "Asia/Seoul".into(), domain).await.unwrap();
        let google = Arc::new(Google::default());
        let engine = Engine::new(
            store,
            Ports { calendar: google.clone(), identity: google.clone(), directory: google.clone() },
            Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap(),
            Settings {
                public_url: "http://127.0.0.1:3000".into(),
                hooks_url: None,
                poll_secs: 300,
                environment: "demo".into(),
                roles: Roles::default(),
                quota: Quota::default(),
            },
            Arc::new(|| NOW),
            Arc::new(|bytes| {
                let seed = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                bytes.iter_mut().zip(seed.iter().rev().cycle()).for_each(|(byte, seed)| *byte = *seed);
            }),
            Arc::new(|_| {}),
            ServerId::new(NOW, [2; 10]),
            None,
        );
        engine.grant_store(company, Owner::Company, &tokens("old", 0)).await.unwrap();
        Self { engine, google, company, folder }
    }

    /// Asks for an access token; while Google thinks about it, somebody grants anew, and then Google answers.
    async fn ask_while_it_is_given_anew(&self, answer: Answer) -> Result<Secret, Failure> {
        let (reply, later) = oneshot::channel();
        *self.google.answer.lock().unwrap() = Some(later);
        let meanwhile = async {
            self.google.asked.notified().await;
            self.engine.grant_store(self.company, Owner::Company, &tokens("new", 3_600)).await.unwrap();
            reply.send(answer).unwrap();
        };
        let (token, ()) = futures::join!(self.engine.access_token(self.company, Owner::Company), meanwhile);
        token
    }
}

impl Drop for House {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn tokens(name: &str, secs: i64) -> Tokens {
    let scopes = Owner::Company.needs().iter().map(|any| any[0].to_owned()).collect();
    Tokens {
        access: Secret(format!("access-{name}")),
        refresh: Some(Secret(format!("refresh-{name}"))),
        expires: NOW.plus_secs(secs),
        scopes,
    }
}

#[tokio::test]
async fn the_old_grants_end_does_not_end_the_new_one() {
    let house = House::open().await;
    let revoked = AuthFailure::Revoked { reason: "invalid_grant".into() };
    let told = house.ask_while_it_is_given_anew(Err(revoked)).await;
    assert!(matches!(told, Err(Failure::Google(_))), "it is to be tried again: {told:?}");
    let token = house.engine.access_token(house.company, Owner::Company).await.unwrap();
    assert_eq!(token, Secret("access-new".into()));
}

#[tokio::test]
async fn a_refresh_of_the_old_grant_does_not_replace_the_new_one() {
    let house = House::open().await;
    let told = house.ask_while_it_is_given_anew(Ok(tokens("refreshed", 3_600))).await;
    assert!(matches!(told, Err(Failure::Google(_))), "it is to be tried again: {told:?}");
    let token = house.engine.access_token(house.company, Owner::Company).await.unwrap();
    assert_eq!(token, Secret("access-new".into()));
}
