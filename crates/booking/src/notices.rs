//! What a person was told, as they may see it now.

use calendar::which_zone::{Question, Zones, governing};
use calendar::zone::{self, Tz};
use model::notice::{Naming, Notice, NoticeDate, NoticeHolder, Standing};
use model::page::{DatedNotice, NoticesPage};
use model::person::Viewer;
use model::{ApiError, Instant};
use store::{EventKind, GuestRow, HolderStored, NO_SLOT, NoticeStored, StoreError};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;

/// So many dates are shown at most, the newest.
const SHOWN: usize = 300;

impl Engine {
    /// What this person was told, newest first.
    pub async fn notices_page(&self, cx: &Cx) -> Result<NoticesPage, ApiError> {
        let viewer = self.viewer(cx).await?;
        Ok(self.notices_of(cx, viewer).await?)
    }

    async fn notices_of(&self, cx: &Cx, viewer: Viewer) -> Result<NoticesPage, Failure> {
        let limit = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
        let mut rows = self.company(cx.company).notice_list(cx.person, limit).await?;
        let more = rows.len() > SHOWN;
        rows.truncate(SHOWN);
        let unseen = rows.iter().filter(|row| row.seen_at.is_none());
        let unseen_until = unseen.map(|row| row.created_at).max();
        let zone = governing(Question::Message, &Zones::of(cx.zone)).zone;
        let told_at_once = |a: &NoticeStored, b: &NoticeStored| {
            (a.created_at, a.event, a.room, a.reason) == (b.created_at, b.event, b.room, b.reason)
        };
        let notices = rows.chunk_by(told_at_once).map(|group| dated(group, zone, cx, &viewer));
        let notices = notices.collect::<Option<_>>().ok_or(Failure::Broken("a notice without its day"))?;
        let day = zone::zone_day(zone, zone::date_at(zone, cx.now));
        Ok(NoticesPage {
            notices,
            more,
            unseen_until,
            day: day.ok_or(Failure::Broken("today has no range"))?,
            viewer,
        })
    }

    /// Marks what was told to this person up to `until` as seen.
    pub async fn notices_seen(&self, cx: &Cx, until: Instant) -> Result<(), ApiError> {
        let person = cx.person;
        let marked = self
            .company(cx.company)
            .write(cx.now, move |tx| Box::pin(async move { tx.notice_see(person, until).await }))
            .await;
        marked.map_err(|error: StoreError| Failure::from(error))?;
        Ok(())
    }
}

/// One notice of what was told at once about one booking in one room, and the days of its dates.
fn dated(group: &[NoticeStored], zone: Tz, cx: &Cx, viewer: &Viewer) -> Option<DatedNotice> {
    let first = group.first()?;
    let days = group.iter().map(|row| zone::zone_day(zone, zone::date_at(zone, row.range.start())));
    let own = first.organizer == Some(cx.person) || is_invited(&first.guests, viewer);
    let same = group.iter().all(|row| {
        row.holder.as_ref().map(|holder| holder.event) == first.holder.as_ref().map(|holder| holder.event)
    });
    let notice = Notice {
        reason: first.reason,
        booking: first.number,
        room: first.room_number,
        room_name: first.room_name.clone(),
        naming: naming(&first.title, first.private, own),
        series: first.kind == EventKind::Series,
        all_day: first.all_day,
        holder: first.holder.as_ref().filter(|_| same).map(|holder| holder_of(holder, first, cx, viewer)),
        dates: group.iter().map(date).collect(),
        at: first.created_at,
        seen: group.iter().all(|row| row.seen_at.is_some()),
    };
    Some(DatedNotice { notice, days: days.collect::<Option<_>>()? })
}

fn date(row: &NoticeStored) -> NoticeDate {
    NoticeDate {
        slot: (row.slot != NO_SLOT).then_some(row.slot),
        range: row.range,
        standing: Standing::of(row.range, row.occurrence),
    }
}

fn holder_of(holder: &HolderStored, row: &NoticeStored, cx: &Cx, viewer: &Viewer) -> NoticeHolder {
    let own = holder.organizer == Some(cx.person) || is_invited(&holder.guests, viewer);
    let public = !holder.private || own;
    // What was written straight to the room's calendar is the room's; its name stands there already.
    let somebody = holder.organizer.is_some() || holder.organizer_name != row.room_name;
    NoticeHolder {
        number: public.then_some(holder.number),
        naming: naming(&holder.title, holder.private, own),
        by: if public && somebody { holder.organizer_name.clone() } else { String::new() },
    }
}

/// As the details of a booking: the title of a private one is for its organiser and its guests.
fn naming(title: &str, private: bool, own: bool) -> Naming {
    if private && !own { Naming::Private } else { Naming::Titled(title.to_owned()) }
}

fn is_invited(guests: &[GuestRow], viewer: &Viewer) -> bool {
    guests.iter().any(|guest| guest.email == viewer.email)
}
