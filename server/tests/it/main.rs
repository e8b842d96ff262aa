//! Stories: the real binary against the stand-in for Google, told through the two real ports. Each begins with a house
//! of its own (`testkit::House`) and waits for what it expects; nothing sleeps.

#[cfg(test)]
mod api_bookings;
#[cfg(test)]
mod api_changes;
#[cfg(test)]
mod api_document;
#[cfg(test)]
mod api_guests;
#[cfg(test)]
mod api_input;
#[cfg(test)]
mod api_tokens;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod boards;
#[cfg(test)]
mod booking;
#[cfg(test)]
mod burst;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod delegation;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod exceptions;
#[cfg(test)]
mod founding;
#[cfg(test)]
mod google;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod health;
#[cfg(test)]
mod hints;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod lies;
#[cfg(test)]
mod loops;
#[cfg(test)]
mod merge;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod process;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod race;
#[cfg(test)]
mod regressions;
#[cfg(test)]
mod rrule;
#[cfg(test)]
mod series;
#[cfg(test)]
mod series_merge;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod storm;
mod support;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod tenancy_doors;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod webhook;
