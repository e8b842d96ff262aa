//! The admin page: how every room follows Google, in plain facts.

use model::ApiError;
use model::page::{AdminPage, SyncRow};
use store::{CredentialState, OwnerKind};

use crate::cx::Cx;
use crate::displays::display_row;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::PROVIDER;

impl Engine {
    pub async fn admin_page(&self, cx: &Cx) -> Result<AdminPage, ApiError> {
        cx.require_admin()?;
        let viewer = self.viewer(cx).await?;
        Ok(self.admin_of(cx, viewer).await?)
    }

    async fn admin_of(&self, cx: &Cx, viewer: model::person::Viewer) -> Result<AdminPage, Failure> {
        let store = self.company(cx.company);
        let channels = store.channel_list().await?;
        let calendars = store.calendar_list().await?;
        let mut rooms = Vec::new();
        let mut floors = Vec::new();
        for room in store.room_list().await? {
            floors.push((room.row.building.clone(), room.row.floor.clone()));
            let calendar = calendars.iter().find(|calendar| calendar.room == room.id);
            let expires = calendar.and_then(|calendar| {
                let own = channels.iter().filter(|channel| channel.calendar == calendar.id);
                own.filter_map(|channel| channel.expires_at).max()
            });
            rooms.push(SyncRow {
                number: room.row.number,
                name: room.row.name,
                health: room.row.health,
                last_pull: calendar.and_then(|calendar| calendar.last_pull_at),
                last_notification: calendar.and_then(|calendar| calendar.last_notice_at),
                channel_expires: expires,
                last_error: calendar.and_then(|calendar| calendar.last_error.clone()),
            });
        }
        floors.sort();
        floors.dedup();
        let grant = store.credential_get(PROVIDER, OwnerKind::Company, &cx.company.to_string()).await?;
        let (outbox_waiting, outbox_oldest) = store.outbox_waiting().await?;
        let tz = cx.zone;
        let day = calendar::zone::zone_day(tz, calendar::zone::date_at(tz, cx.now));
        Ok(AdminPage {
            viewer,
            rooms,
            displays: store.display_list().await?.iter().map(display_row).collect(),
            fresh_display: None,
            directory: None,
            floors,
            grant: grant.map_or("missing", |grant| CredentialState::as_str(grant.state)).to_owned(),
            outbox_waiting,
            outbox_oldest,
            push_possible: self.settings().hooks_url.is_some(),
            day: day.ok_or(Failure::Broken("today has no range"))?,
            now: cx.now,
        })
    }
}

impl Engine {
    /// Whether every calendar was read at least once and every series listed; for start-up and tests.
    pub async fn is_caught_up(&self) -> Result<bool, ApiError> {
        let caught_up = async {
            let system = self.store().system();
            if !system.series_to_list(self.now()).await?.is_empty()
                || !system.outbox_lanes(self.now()).await?.is_empty()
            {
                return Ok(false);
            }
            for company in system.company_list().await? {
                let calendars = self.company(company.id).calendar_list().await?;
                if calendars.iter().any(|calendar| calendar.last_pull_at.is_none()) {
                    return Ok(false);
                }
            }
            Ok::<_, Failure>(true)
        };
        Ok(caught_up.await?)
    }
}
