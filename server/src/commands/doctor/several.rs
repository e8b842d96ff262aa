//! What several servers need: one time, and a way to tell each other.

use booking::Engine;
use bus::{Look, Unreachable};
use model::Instant;
use store::{ServerSeen, StoreError};

use super::Finding;
use crate::config::Config;
use crate::parts::DatabaseClock;

/// Differences up to this are what a busy machine does.
const CLOCK_NOTE: i64 = 1_000_000;
/// A server whose last sign of life is older does not live; they come every five seconds.
const DEAD: i64 = 15_000_000;

/// How this machine's clock and the other servers' stand to the database's, which all of them go by.
pub(super) async fn servers(engine: &Engine, clock: &DatabaseClock, config: &Config) -> Vec<Finding> {
    if !engine.store().is_shared() {
        return Vec::new();
    }
    let mut findings = vec![database_clock(clock.offset())];
    match engine.store().system().server_list().await {
        Ok(seen) => findings.extend(living(&seen, engine.now(), config.redis_url.is_some())),
        Err(error) => findings.push(unreadable(&error)),
    }
    findings
}

fn unreadable(error: &StoreError) -> Finding {
    Finding::problem(
        "servers",
        format!("The list of servers cannot be read: {error}."),
        "Servers of one database find each other there.",
        "Look into the server's log.",
    )
}

/// `ahead`: how many microseconds the database's clock is before this machine's.
fn database_clock(ahead: i64) -> Finding {
    if ahead.abs() <= CLOCK_NOTE {
        return Finding::ok("database_clock", "This machine's clock agrees with the database's.");
    }
    let (off, way) = (ahead.abs() / 1_000_000, if ahead > 0 { "behind" } else { "ahead of" });
    Finding::note(
        "database_clock",
        format!("This machine's clock is {off} s {way} the database's."),
        "Roomly goes by the database's, so that all servers agree on what is due; one of the two is wrong.",
        "Let the network set both: `timedatectl set-ntp true`.",
    )
}

fn living(seen: &[ServerSeen], now: Instant, told: bool) -> Vec<Finding> {
    let ahead = seen.iter().map(|server| server.at.since(now)).max().unwrap_or(0);
    let living: Vec<&str> = seen
        .iter()
        .filter(|server| now.since(server.at) <= DEAD)
        .map(|server| server.roles.as_str())
        .collect();
    if ahead > CLOCK_NOTE {
        return vec![Finding::problem(
            "servers",
            format!("A server's clock is {} s ahead of the database's.", ahead / 1_000_000),
            "It looks alive for longer than it is, and what it holds is taken back late.",
            "Let the network set its clock: `timedatectl set-ntp true`. It looks at the database's once a minute.",
        )];
    }
    let mut findings = vec![match &living[..] {
        [] => Finding::ok("servers", "No server runs on this database at the moment."),
        [roles] => Finding::ok("servers", format!("One server runs on this database ({roles}).")),
        many => Finding::ok(
            "servers",
            format!("{} servers run on this database ({}).", many.len(), many.join("; ")),
        ),
    }];
    if living.len() > 1 && !told {
        findings.push(Finding::note(
            "redis",
            "Several servers run, and REDIS_URL is not set here.",
            "Without Redis they see each other's changes by asking the database, up to a third of a second later, and \
             each counts API requests by itself.",
            "Set REDIS_URL=redis://host:6379 at all of them.",
        ));
    }
    findings
}

/// Whether the Redis that is set can be used.
pub(super) async fn redis(config: &Config) -> Option<Finding> {
    let address = config.redis_url.as_ref()?;
    if config.database_url.0.starts_with("sqlite:") {
        return Some(Finding::note(
            "redis",
            "REDIS_URL is set and not used.",
            "A SQLite database has one server, which has nobody to tell.",
            "Leave it out, or let DATABASE_URL name a PostgreSQL.",
        ));
    }
    Some(match bus::look(&address.0).await {
        Ok(look) => usable(&look),
        Err(error) => unusable(&error),
    })
}

fn usable(look: &Look) -> Finding {
    const RIGHTS: &str = "Its user needs the commands PUBLISH, SUBSCRIBE, EVAL, TIME, GET and SET, on the channel \
                          `roomly:1` and on keys that begin with `roomly:1:`.";
    let version = look.version.as_deref().unwrap_or("of a version that it does not tell");
    if let Err(word) = &look.carries {
        return Finding::problem(
            "redis",
            format!("Redis ({version}) answers, but carries no notes between servers ({word})."),
            "Changes made at another server show up to a third of a second late, and pages say so.",
            RIGHTS,
        );
    }
    if let Err(word) = &look.counts {
        return Finding::note(
            "redis",
            format!("Redis ({version}) does not run the script that counts API requests ({word})."),
            "Each server counts by itself: a token may ask more often than it should.",
            format!("{RIGHTS} Redis has to be version 5 or newer."),
        );
    }
    Finding::ok(
        "redis",
        format!("Redis ({version}) answers, carries notes between servers and counts API requests."),
    )
}

fn unusable(error: &Unreachable) -> Finding {
    let todo = match error {
        Unreachable::Address(_) => {
            "Write it as the message says; a user and a password stand before the host: \
                                    redis://user:password@host:6379."
        }
        Unreachable::NotTrusted => {
            "Let Redis have a certificate for the name in REDIS_URL. Where it is of an authority of your own, name the file \
             with the authority's: rediss://host:6379?sslrootcert=/etc/roomly/redis-ca.pem."
        }
        Unreachable::Refused(_) => {
            "Check user and password in REDIS_URL; characters like @ and / stand there in percent-encoding."
        }
        Unreachable::NoConnection | Unreachable::Silent => {
            "Start Redis, and check name, port and firewall. Where it speaks TLS, REDIS_URL begins with rediss://, \
             and else with redis://."
        }
    };
    Finding::problem(
        "redis",
        format!("Redis cannot be used: {error}."),
        "Servers see each other's changes by asking the database instead, up to a third of a second later, pages say so, \
         and each server counts API requests by itself.",
        todo,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Level;

    fn at(second: i64) -> ServerSeen {
        ServerSeen { roles: "web".into(), at: Instant::from_secs(1_000 + second) }
    }

    fn found(seen: &[ServerSeen], told: bool) -> Vec<(Level, String)> {
        let findings = living(seen, Instant::from_secs(1_000), told);
        findings.into_iter().map(|finding| (finding.level, finding.what)).collect()
    }

    #[test]
    fn servers_are_counted_while_they_live() {
        for (seen, words) in [
            (vec![], "No server"),
            (vec![at(-16)], "No server"),
            (vec![at(-16), at(-15)], "One server runs on this database (web)"),
            (vec![at(0), at(1)], "2 servers run on this database (web; web)"),
        ] {
            let found = found(&seen, true);
            assert!(matches!(&found[..], [(Level::Ok, what)] if what.contains(words)), "{found:?}");
        }
        let found = found(&[at(-1), at(-2)], false);
        assert!(matches!(&found[..], [_, (Level::Note, what)] if what.contains("REDIS_URL")), "{found:?}");
    }

    #[test]
    fn a_server_that_lives_in_the_future_is_a_problem() {
        let found = found(&[at(-1), at(20)], true);
        assert!(matches!(&found[..], [(Level::Problem, what)] if what.contains("20 s ahead")), "{found:?}");
    }

    #[test]
    fn clocks_differ_in_two_ways() {
        assert_eq!(database_clock(CLOCK_NOTE).level, Level::Ok);
        let behind = database_clock(5_000_000);
        assert!(behind.level == Level::Note && behind.what.contains("5 s behind the database's"));
        assert!(database_clock(-5_000_000).what.contains("5 s ahead of the database's"));
    }

    #[test]
    fn a_redis_may_be_of_half_use() {
        let look = |carries, counts| usable(&Look { version: Some("7.2.4".into()), carries, counts });
        let no = || Err("NOPERM".to_owned());
        assert_eq!(look(Ok(()), Ok(())).level, Level::Ok);
        assert_eq!(look(Ok(()), no()).level, Level::Note);
        let silent = look(no(), Ok(()));
        assert!(
            silent.level == Level::Problem && silent.what.contains("7.2.4") && silent.what.contains("NOPERM")
        );
    }
}
