//! The benches, one file each.

mod bytes;
mod create;
mod history;
mod import;
mod neighbours;
mod notice;
mod page;
mod rrule;
mod screens;
mod series;
mod storm;

use crate::Setting;

/// A bench, by the name under which `cargo xtask bench` knows it.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// The day page against a static file of the same bytes
    Page,
    /// A day out of many bookings against the same day out of few
    History,
    /// What a first visit loads
    Bytes,
    /// From Google's notification to the last screen
    Notice,
    /// One company with busy neighbours against the same alone
    Neighbours,
    /// From a commit to the last screen against bytes written straight to sockets; memory of a socket
    Screens,
    /// Bookings by the REST API against the bare constraint of each database
    Create,
    /// Saving a series, and conflict checks in companies of every size
    Series,
    /// The first pull of a company's rooms against serving it and writing its rows; one changed event after it
    Import,
    /// Bookings and other companies' pages while ten thousand notifications come in a minute, against a quiet time
    Storm,
    /// A recurring event's dates against the libraries of three languages
    Rrule,
}

impl Bench {
    pub(crate) const ALL: [Self; 11] = [
        Self::Page,
        Self::History,
        Self::Bytes,
        Self::Notice,
        Self::Neighbours,
        Self::Screens,
        Self::Create,
        Self::Series,
        Self::Import,
        Self::Storm,
        Self::Rrule,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Page => "Day page: 50 rooms, 8 bookings each, one of them changing every 100 ms",
            Self::History => "A day page out of few and out of many bookings",
            Self::Bytes => "Bytes of a first visit",
            Self::Notice => "From Google's notification to the last screen",
            Self::Neighbours => "One company, alone and with busy neighbours",
            Self::Screens => "From a commit to the last screen",
            Self::Series => "Series in the store",
            Self::Create => "Bookings by the API: checked for conflicts, durable",
            Self::Import => "The first pull of 50 rooms with 2,000 events each",
            Self::Storm => "Ten thousand notifications in a minute",
            Self::Rrule => "Dates of recurring events",
        }
    }

    pub(crate) async fn run(self, setting: &Setting) -> anyhow::Result<()> {
        match self {
            Self::Page => page::run(setting).await,
            Self::History => history::run(setting).await,
            Self::Bytes => bytes::run(setting).await,
            Self::Notice => notice::run(setting).await,
            Self::Neighbours => neighbours::run(setting).await,
            Self::Screens => screens::run(setting).await,
            Self::Create => create::run(setting).await,
            Self::Series => series::run(setting).await,
            Self::Import => import::run(setting).await,
            Self::Storm => storm::run(setting).await,
            Self::Rrule => rrule::run(setting),
        }
    }
}
