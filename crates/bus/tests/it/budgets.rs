//! Budgets: one for all servers, exact, gone by themselves.

use std::time::{Duration, Instant};

use bus::{Health, Taken};
use futures::future::join_all;

use crate::support::{Server, allowance, redis};

#[tokio::test]
async fn two_servers_have_one_budget() {
    let Some(redis) = redis() else { return };
    let (one, other) = (Server::start(&redis, 1).await, Server::start(&redis, 2).await);
    // One comes back in a minute: none does while this runs.
    let budget = [allowance("token", 1, 10)];
    let both = (0..40).map(|n| if n % 2 == 0 { &one } else { &other });
    let taken = join_all(both.map(|server| server.bus.take(&budget))).await;
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::Granted).count(), 10, "{taken:?}");
    for taken in taken {
        match taken {
            Taken::Granted => {}
            Taken::UsedUp(rest) => {
                assert!(rest > Duration::from_secs(50) && rest <= Duration::from_secs(60), "{rest:?}");
            }
            Taken::Unknown => panic!("Redis answers"),
        }
    }
}

#[tokio::test]
async fn what_one_budget_refuses_is_taken_from_none() {
    let Some(redis) = redis() else { return };
    let server = Server::start(&redis, 1).await;
    let (token, other) = (allowance("token", 1, 2), allowance("other", 1, 2));
    let company = allowance("company", 1, 3);
    let mut granted = Vec::new();
    for token in [&token, &token, &token, &token, &other, &other] {
        let taken = server.bus.take(&[token.clone(), company.clone()]).await;
        granted.push(taken == Taken::Granted);
    }
    // The token's third and fourth cost its company nothing: another token still finds one.
    assert_eq!(granted, [true, true, false, false, true, false]);
    // And what the company refused did not cost the token.
    assert_eq!(server.bus.take(&[other]).await, Taken::Granted);
}

#[tokio::test]
async fn a_budget_comes_back_and_its_key_goes() {
    let Some(redis) = redis() else { return };
    let server = Server::start(&redis, 1).await;
    // Ten a second, three at once.
    let budget = [allowance("token", 600, 3)];
    let begun = Instant::now();
    let mut granted = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        match server.bus.take(&budget).await {
            Taken::Granted => granted += 1,
            Taken::UsedUp(rest) => {
                assert!(rest > Duration::ZERO && rest <= Duration::from_millis(101), "{rest:?}");
                tokio::task::yield_now().await;
            }
            Taken::Unknown => panic!("Redis answers"),
        }
    }
    let most = 3 + begun.elapsed().as_millis() / 100 + 1;
    assert!(granted >= 3 && granted <= u32::try_from(most).unwrap(), "{granted}");
    assert_eq!(server.bus.take(&[allowance("slow", 1, 1)]).await, Taken::Granted);
    let left: i64 = redis.ask("PTTL roomly:1:rate:slow").unwrap().trim_start_matches(':').parse().unwrap();
    assert!(left > 0 && left <= 60_000, "it lives until the budget is whole: {left} ms");
}

#[tokio::test]
async fn what_is_stored_is_not_believed_beyond_the_burst() {
    let Some(redis) = redis() else { return };
    let server = Server::start(&redis, 1).await;
    let budget = [allowance("token", 60, 5)];
    // Written by a clock that was ahead by years; and by somebody else.
    for stored in ["9007199254740991", "nonsense"] {
        redis.ask(&format!("SET roomly:1:rate:token {stored}")).unwrap();
        match server.bus.take(&budget).await {
            Taken::Granted => assert_eq!(stored, "nonsense"),
            Taken::UsedUp(rest) => assert!(rest <= Duration::from_secs(1), "{rest:?}"),
            Taken::Unknown => panic!("Redis answers"),
        }
    }
    // Something that is no text at all: Redis refuses, and the server decides alone.
    redis.ask("DEL roomly:1:rate:token").unwrap();
    redis.ask("LPUSH roomly:1:rate:token x").unwrap();
    assert_eq!(server.bus.take(&budget).await, Taken::Unknown);
}

#[tokio::test]
async fn a_redis_that_is_gone_or_stands_still_is_not_waited_for() {
    let Some(mut redis) = redis() else { return };
    let server = Server::start(&redis, 1).await;
    let budget = [allowance("token", 6_000, 100)];
    assert_eq!(server.bus.take(&budget).await, Taken::Granted);

    // It stands still: the first requests wait for a moment, the others not at all.
    redis.pause().unwrap();
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(server.bus.take(&budget).await, Taken::Unknown);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    server.until(Health::Down).await;
    redis.go_on().unwrap();
    server.until(Health::Up).await;
    granted_again(&server).await;

    redis.kill().unwrap();
    server.until(Health::Down).await;
    let begun = Instant::now();
    assert_eq!(server.bus.take(&budget).await, Taken::Unknown);
    assert!(begun.elapsed() < Duration::from_millis(250), "there is nobody to wait for");
    redis.start_again().unwrap();
    server.until(Health::Up).await;
    granted_again(&server).await;
}

/// Left alone for a moment after it failed, Redis is asked again.
async fn granted_again(server: &Server) {
    let begun = Instant::now();
    while server.bus.take(&[allowance("again", 6_000, 100)]).await != Taken::Granted {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
}
