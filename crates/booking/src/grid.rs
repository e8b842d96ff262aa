//! The day's grid: the same for every viewer of a company.

use calendar::policy;
use calendar::zone::{self, Tz};
use chrono::NaiveDate;
use model::grid::sort_rooms;
use model::page::GridPage;
use model::person::Viewer;
use model::{ApiError, Block, CompanyId, GridDay, Instant, Seq, limits};
use store::{EventRow, OwnerKind};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::{PROVIDER, is_usable};

impl Engine {
    /// The grid of `date` (`YYYY-MM-DD`; today in the company's zone without).
    pub async fn day_grid(&self, cx: &Cx, date: Option<&str>) -> Result<GridPage, ApiError> {
        let grid = self.day_of_company(cx, date).await?;
        let viewer = self.viewer(cx).await?;
        let own_private = self.own_private(cx, &grid.blocks).await?;
        Ok(GridPage { grid, viewer, own_private })
    }

    /// The grid alone: the same for everybody of the company.
    pub async fn day_of_company(&self, cx: &Cx, date: Option<&str>) -> Result<GridDay, ApiError> {
        let date = date.filter(|text| !text.is_empty()).map(policy::parse_date).transpose()?;
        Ok(self.grid_of(cx.company, date, cx.now).await?)
    }

    /// Who looks, and how far the company's change log is: a page drawn after this knows of `seq`.
    pub async fn look(&self, cx: &Cx) -> Result<(Viewer, Seq), ApiError> {
        Ok(self.look_of(cx).await?)
    }

    pub async fn viewer(&self, cx: &Cx) -> Result<Viewer, ApiError> {
        Ok(self.viewer_of(cx).await?)
    }

    pub(crate) async fn viewer_of(&self, cx: &Cx) -> Result<Viewer, Failure> {
        Ok(self.look_of(cx).await?.0)
    }

    async fn look_of(&self, cx: &Cx) -> Result<(Viewer, Seq), Failure> {
        let store = self.company(cx.company);
        let looking = store.person_look(cx.person).await?;
        let (person, unseen) = looking.ok_or(Failure::Broken("a session without its person"))?;
        let grant = store.credential_get(PROVIDER, OwnerKind::Person, &cx.person.to_string()).await?;
        let company = store.company().await?;
        let own = grant.map(|grant| grant.state);
        let attention = self.attention(cx, person.admin, own).await?;
        let viewer = Viewer {
            number: person.number,
            name: person.name,
            email: person.email,
            admin: person.admin,
            company: company.name,
            environment: self.settings().environment.clone(),
            calendar_granted: is_usable(own),
            unseen,
            attention,
        };
        Ok((viewer, company.seq))
    }

    /// The private blocks among `blocks` that this person organises, as they themselves may see them.
    pub async fn own_private(&self, cx: &Cx, blocks: &[Block]) -> Result<Vec<Block>, ApiError> {
        let store = self.company(cx.company);
        let mut own = Vec::new();
        for block in blocks.iter().filter(|block| block.private) {
            let event = store.event_by_number(block.key.booking).await.map_err(Failure::from)?;
            if let Some(event) = event.filter(|event| event.organizer == Some(cx.person)) {
                own.push(own_block(block.clone(), &event, cx));
            }
        }
        Ok(own)
    }

    /// The grid of a company as of now.
    pub(crate) async fn grid_of(
        &self,
        company: CompanyId,
        date: Option<NaiveDate>,
        now: Instant,
    ) -> Result<GridDay, Failure> {
        let store = self.company(company);
        let tz = self.zone_of(company).await?;
        let today = zone::date_at(tz, now);
        let day = zone::zone_day(tz, date.unwrap_or(today)).ok_or(model::Refusal::InvalidField {
            field: "date".into(),
            limit: "a day of this zone".into(),
        })?;
        let (company, rooms, blocks) = store.snapshot(day.range).await?;
        let mut rooms: Vec<_> = rooms.into_iter().map(|room| room.row).collect();
        sort_rooms(&mut rooms);
        Ok(GridDay {
            seq: company.seq,
            day,
            rooms,
            blocks,
            rendered_at: now,
            today,
            shown_from: limits::SHOWN_FROM_MINUTES,
            shown_to: limits::SHOWN_TO_MINUTES,
        })
    }

    /// The company's zone.
    pub(crate) async fn zone_of(&self, company: CompanyId) -> Result<Tz, Failure> {
        Ok(zone::parse_or_default(&self.company(company).company().await?.zone))
    }
}

/// A block as its organiser may see it.
pub(crate) fn own_block(block: Block, event: &EventRow, cx: &Cx) -> Block {
    Block {
        title: event.title.clone(),
        organizer: Some(cx.number),
        organizer_name: event.organizer_name.clone(),
        ..block
    }
}
