//! Companies, people and bookings to begin with: builders for tests, and the demo.

mod acme;
mod builder;
mod generated;
mod hanbit;

use crate::world::World;
use crate::world::access::Actor;
use crate::world::clock::DAY;
use serde_json::Value;

/// A company of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoCompany {
    /// 한빛, `hanbit.example`, Asia/Seoul.
    Hanbit,
    /// Acme, `acme.example`, `America/New_York`.
    Acme,
}

/// What a seeded world holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedOptions {
    /// Decides ids, tokens and chances.
    pub seed: u64,
    /// Which companies; `personal@gmail.com` is always there.
    pub companies: Vec<DemoCompany>,
    /// So many generated rooms in 한빛 instead of its 24.
    pub rooms: Option<usize>,
    /// So many generated bookings in each of its rooms today instead of the story.
    pub bookings_per_room: Option<usize>,
}

impl Default for SeedOptions {
    fn default() -> Self {
        let companies = vec![DemoCompany::Hanbit, DemoCompany::Acme];
        Self { seed: 1, companies, rooms: None, bookings_per_room: None }
    }
}

impl World {
    /// The demo's world as of `now`: equal for a seed and a date; addresses of rooms and keys of people never change.
    pub fn seeded(now: i64, options: SeedOptions) -> Self {
        let day = now.div_euclid(DAY).unsigned_abs();
        let mut world = Self::empty(options.seed.wrapping_mul(1_000_003).wrapping_add(day));
        world.seed = options.seed;
        world.birth = now;
        let delays = world.settings.clone();
        world.settings.room_answer_delay_ms = 0;
        for company in &options.companies {
            match company {
                DemoCompany::Hanbit => hanbit::fill(&mut world, &options, now),
                DemoCompany::Acme => acme::fill(&mut world, now),
            }
        }
        world.add_user("personal@gmail.com", "Pat", "Personal", false);
        world.settings = delays;
        world.options = Some(options);
        world.log.clear();
        world
    }

    /// A booking of the seed: made two days before `now`, answered at once.
    fn seed_event(&mut self, person: &str, calendar: &str, body: &Value, now: i64) {
        let made = now - 2 * DAY;
        if let Err(error) = self.act_insert(&Actor::person(person), calendar, body, made) {
            tracing::warn!(?error, "a seeded event was refused");
        }
        self.run_due(made);
    }
}
