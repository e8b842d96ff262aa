//! Channels over their life.

use super::*;
use proptest::prelude::*;

fn at(secs: i64) -> Instant {
    Instant::from_secs(secs)
}

fn channel(id: &str, state: ChannelState, created: i64, life: Option<i64>) -> ChannelSeen {
    ChannelSeen {
        id: id.into(),
        state,
        resource_id: (state != ChannelState::Arming).then(|| format!("res-{id}")),
        created: at(created),
        expires: life.map(|life| at(created + life)),
    }
}

fn stop(id: &str) -> ChannelAction {
    ChannelAction::Stop { id: id.into(), resource_id: format!("res-{id}") }
}

fn forget(id: &str) -> ChannelAction {
    ChannelAction::Forget { id: id.into() }
}

#[test]
fn one_is_opened_where_none_lives() {
    assert_eq!(plan(&[], true, None, at(0)), [ChannelAction::Open]);
    assert_eq!(plan(&[], false, None, at(0)), []);
    assert_eq!(plan(&[], true, Some(at(10)), at(9)), []);
    assert_eq!(plan(&[], true, Some(at(10)), at(10)), [ChannelAction::Open]);
}

#[test]
fn an_answer_is_waited_for_and_not_for_ever() {
    let arming = [channel("a", ChannelState::Arming, 0, None)];
    assert_eq!(plan(&arming, true, None, at(119)), []);
    assert_eq!(next_due(&arming, true, None, at(1)), Some(at(120)));
    assert_eq!(plan(&arming, true, None, at(120)), [forget("a"), ChannelAction::Open]);
}

#[test]
fn the_old_one_is_stopped_only_after_the_new_one_is_armed() {
    let old = channel("old", ChannelState::Armed, 0, Some(TTL_SECS));
    assert_eq!(plan(std::slice::from_ref(&old), true, None, at(TTL_SECS / 2 - 1)), []);
    let late = TTL_SECS * 71 / 100;
    assert_eq!(plan(std::slice::from_ref(&old), true, None, at(late)), [ChannelAction::Open]);
    let arming = channel("new", ChannelState::Arming, late, None);
    assert_eq!(plan(&[old.clone(), arming], true, None, at(late + 1)), []);
    let armed = channel("new", ChannelState::Armed, late, Some(TTL_SECS));
    assert_eq!(plan(&[old, armed.clone()], true, None, at(late + 2)), [stop("old")]);
    let stopping = channel("old", ChannelState::Stopping, 0, Some(TTL_SECS));
    assert_eq!(plan(&[stopping, armed], true, None, at(late + 3)), [stop("old")]);
}

#[test]
fn what_expired_is_forgotten_and_replaced() {
    let expired = [channel("a", ChannelState::Armed, 0, Some(600))];
    assert_eq!(plan(&expired, true, None, at(600)), [forget("a"), ChannelAction::Open]);
    let untold = [channel("a", ChannelState::Armed, 0, None)];
    assert_eq!(plan(&untold, true, None, at(ASSUMED_LIFE_SECS)), [forget("a"), ChannelAction::Open]);
}

#[test]
fn without_an_address_everything_is_given_back() {
    let all =
        [channel("a", ChannelState::Armed, 0, Some(TTL_SECS)), channel("b", ChannelState::Arming, 5, None)];
    assert_eq!(plan(&all, false, None, at(10)), [stop("a"), forget("b")]);
}

/// F-013.
#[test]
fn answers() {
    let now = at(1_000);
    let grant = |expires: Option<i64>| {
        Outcome::Channel(ChannelGrant {
            channel_id: "a".into(),
            resource_id: "res".into(),
            expires: expires.map(at),
        })
    };
    let armed = |secs| ChannelEffect::Armed { resource_id: "res".into(), expires: at(secs) };
    assert_eq!(settle(&grant(Some(5_000)), 0, 0, now), armed(5_000));
    assert_eq!(settle(&grant(None), 0, 0, now), armed(1_000 + ASSUMED_LIFE_SECS));
    assert_eq!(settle(&grant(Some(i64::MAX / 1_000_000)), 0, 0, now), armed(1_000 + LONGEST_LIFE_SECS));
    for past in [999, 0, -5, 1_000, 1_030] {
        let ChannelEffect::Rest { until, .. } = settle(&grant(Some(past)), 0, 0, now) else {
            panic!("{past}")
        };
        assert!(until > now.plus_secs(5), "no busy loop");
    }
    let failed = |failure| settle(&Outcome::Failed(failure), 0, 0, now);
    for failure in [
        Failure::PushUnsupported { reason: "pushNotSupportedForRequestedResource".into() },
        Failure::Forbidden { reason: "notACalendarUser".into() },
        Failure::NotFound,
        Failure::Rejected { status: 400, reason: "x".into() },
    ] {
        let ChannelEffect::PollOnly { until, .. } = failed(failure.clone()) else { panic!("{failure:?}") };
        assert!(until >= now.plus_secs(POLL_ONLY_SECS));
    }
    assert_eq!(failed(Failure::Unauthorized), ChannelEffect::RefreshToken);
    assert!(matches!(
        failed(Failure::RateLimited { retry_after_secs: Some(700) }),
        ChannelEffect::Rest { until, .. } if until >= now.plus_secs(700)
    ));
    assert_eq!(settle(&Outcome::Stopped, 0, 0, now), ChannelEffect::Stopped);
}

fn any_channel() -> impl Strategy<Value = ChannelSeen> {
    let states = vec![ChannelState::Arming, ChannelState::Armed, ChannelState::Stopping];
    (
        "[a-d]{1,3}",
        prop::sample::select(states),
        -1_000_000i64..1_000_000,
        prop::option::of(-10i64..1_000_000),
    )
        .prop_map(|(id, state, created, life)| channel(&id, state, created, life))
}

proptest! {
    #[test]
    fn renewal_is_at_half_to_seven_tenths_of_the_life(id in "\\PC{1,40}", life in 60i64..LONGEST_LIFE_SECS) {
        let seen = channel(&id, ChannelState::Armed, 0, Some(life));
        let due = renew_at(&seen);
        prop_assert!(due >= at(life / 2) && due <= at(life * 7 / 10 + 1));
        prop_assert_eq!(next_due(&[seen], true, None, at(0)), Some(due));
    }

    /// A plan that was carried out leaves nothing due now, and between now and `next_due` nothing is.
    #[test]
    fn plans_settle_and_nothing_is_due_before_next_due(
        channels in prop::collection::vec(any_channel(), 0..5),
        hooks in any::<bool>(),
        rest in prop::option::of(-100i64..100),
        part in 0i64..100,
    ) {
        let mut channels = channels;
        for (n, channel) in channels.iter_mut().enumerate() {
            channel.id = format!("{}-{n}", channel.id);
        }
        let (now, rest) = (at(0), rest.map(at));
        for action in plan(&channels, hooks, rest, now) {
            match action {
                ChannelAction::Open => channels.push(channel("new", ChannelState::Armed, 0, Some(TTL_SECS))),
                ChannelAction::Stop { id, .. } | ChannelAction::Forget { id } => channels.retain(|one| one.id != id),
            }
        }
        prop_assert!(!hooks || rest.is_some_and(|rest| now < rest) || channels.iter().any(|one| one.state != ChannelState::Stopping));
        let stops = plan(&channels, hooks, rest, now);
        // Opening made older ones superfluous; their stops are all that may be left.
        prop_assert!(stops.iter().all(|action| !matches!(action, ChannelAction::Open)));
        if stops.is_empty() {
            match next_due(&channels, hooks, rest, now) {
                Some(due) => {
                    let between = now.plus_micros(due.since(now).max(0) / 100 * part);
                    if between < due {
                        prop_assert_eq!(plan(&channels, hooks, rest, between), vec![]);
                    }
                }
                None => prop_assert_eq!(plan(&channels, hooks, rest, at(i64::MAX / 1_000_000)), vec![]),
            }
        }
    }
}
