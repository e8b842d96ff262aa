//! The sandbox as its clients see it: requests in, answers out. No sockets but in `sockets`, no sleeping.

#[cfg(test)]
mod batch;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod calendars;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod page;
#[cfg(test)]
mod partial;
#[cfg(test)]
mod push;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod rooms;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod seeded;
#[cfg(test)]
mod series;
#[cfg(test)]
mod service_account;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod undocumented;
#[cfg(test)]
mod variants;
#[cfg(test)]
mod writes;
