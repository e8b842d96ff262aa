//! What a look at a Redis finds.

use bus::{Look, Taken, Unreachable, look};
use services::Redis;

use crate::support::{Server, allowance, redis};

#[tokio::test]
async fn a_redis_is_looked_at() {
    let Some(mut redis) = redis() else { return };
    let found = look(&redis.url()).await.unwrap();
    let version = found.version.clone().unwrap();
    assert!(version.split('.').count() == 3, "{version}");
    assert_eq!(found, Look { version: Some(version), carries: Ok(()), counts: Ok(()) });
    assert_eq!(redis.ask("DBSIZE").unwrap(), ":0", "nothing is stored");

    redis.ask("ACL SETUSER default -eval -publish -info").unwrap();
    let found = look(&redis.url()).await.unwrap();
    let refused = Err("NOPERM".to_owned());
    assert_eq!(found, Look { version: None, carries: refused.clone(), counts: refused });

    redis.kill().unwrap();
    assert_eq!(look(&redis.url()).await, Err(Unreachable::NoConnection));
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_apart() {
    let Some(redis) = redis() else { return };
    for address in ["redis.example:6379", "http://127.0.0.1:1", "rediss://127.0.0.1/#insecure", ""] {
        assert!(matches!(look(address).await, Err(Unreachable::Address(_))), "{address:?}");
    }
    redis.ask("CONFIG SET requirepass hush").unwrap();
    assert!(matches!(look(&redis.url()).await, Err(Unreachable::Refused(why)) if why == "NOAUTH"));
    let wrong = redis.url().replace("redis://", "redis://:wrong@");
    let refused = look(&wrong).await.unwrap_err();
    assert!(
        matches!(&refused, Unreachable::Refused(_)) && !refused.to_string().contains("wrong"),
        "{refused}"
    );
    let right = redis.url().replace("redis://", "redis://:hush@");
    assert!(look(&right).await.is_ok());
}

#[tokio::test]
async fn a_certificate_has_to_be_trusted() {
    if redis().is_none() {
        return;
    }
    let redis = Redis::start_with_tls().unwrap();
    let url = redis.tls_url().unwrap();
    assert_eq!(look(&url).await, Err(Unreachable::NotTrusted), "nobody knows its authority");
    let url = format!("{url}?sslrootcert={}", redis.certificate().unwrap().display());
    assert_eq!(look(&url).await.unwrap().counts, Ok(()));
    let other_name = url.replace("localhost", "127.0.0.1");
    assert_eq!(look(&other_name).await, Err(Unreachable::NotTrusted));
    let server = Server::start_at(&url, 1).await;
    assert_eq!(server.bus.take(&[allowance("token", 60, 1)]).await, Taken::Granted);
}

/// What docs/OPERATIONS.md tells to type.
const RIGHTS: &str = "&roomly:1 ~roomly:1:* +ping +info +publish +subscribe +eval +time +get +set";

#[tokio::test]
async fn the_rights_in_the_documents_are_enough() {
    assert!(include_str!("../../../../docs/OPERATIONS.md").contains(RIGHTS));
    let Some(redis) = redis() else { return };
    assert_eq!(redis.ask(&format!("ACL SETUSER roomly on >hush {RIGHTS}")).unwrap(), "+OK");
    let url = redis.url().replace("redis://", "redis://roomly:hush@");
    let found = look(&url).await.unwrap();
    assert_eq!((found.version.is_some(), found.carries, found.counts), (true, Ok(()), Ok(())));
    let server = Server::start_at(&url, 1).await;
    assert_eq!(server.bus.take(&[allowance("token", 60, 1)]).await, Taken::Granted);
}
