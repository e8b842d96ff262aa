//! Following live: what a screen is sent first, and the one publisher that tells all of them of every commit.
//!
//! Nobody publishes from a request. A commit here pokes the publisher, a commit of another server is heard of or found;
//! either way it reads the change log in order and sends each change once per *topic* (company, view, scope). A socket
//! that joins takes its seat first and then reads what it missed from the log, so nothing can fall between.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use model::{ApiError, Change, CompanyId, Delta, ErrorCode, Instant, Seq, ServerFrame, TimeRange, View};
use sockets::{Frame, Outlet};
use tokio::sync::watch;

use crate::cx::Cx;
use crate::displays::scope_of;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::hub::{Following, LiveFrame, TopicKey};
use crate::scope::{Projected, Scope, Shown};

/// Who missed more commits than this gets a snapshot instead of each of them.
const CATCH_UP: i64 = 1_000;

impl Engine {
    /// Follows a view of the signed-in person's company: frames go to `outlet` until what is returned is dropped.
    pub async fn follow(
        &self,
        cx: &Cx,
        view: &View,
        after: Option<Seq>,
        outlet: Arc<Outlet>,
    ) -> Result<Following, ApiError> {
        Ok(self.follow_scope(cx.company, Scope::Company, view, after, outlet).await?)
    }

    /// Follows today's view of a lobby board.
    pub async fn follow_board(
        &self,
        token: &str,
        view: &View,
        after: Option<Seq>,
        outlet: Arc<Outlet>,
    ) -> Result<Following, ApiError> {
        let display = self.display_by_token(token).await?;
        let tz = self.zone_of(display.company).await?;
        if view.date != calendar::zone::date_at(tz, self.now()) {
            return Err(ApiError::field("date"));
        }
        Ok(self.follow_scope(display.company, scope_of(&display), view, after, outlet).await?)
    }

    /// Whether a board's token is still good.
    pub async fn board_is_live(&self, token: &str) -> Result<bool, ApiError> {
        match self.display_by_token(token).await {
            Ok(_) => Ok(true),
            Err(Failure::Code(ErrorCode::NotFound)) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Whether changes of other servers arrive late for now; screens say so.
    pub fn live_is_slow(&self) -> watch::Receiver<bool> {
        self.hub().slow()
    }

    async fn follow_scope(
        &self,
        company: CompanyId,
        scope: Scope,
        view: &View,
        after: Option<Seq>,
        outlet: Arc<Outlet>,
    ) -> Result<Following, Failure> {
        let tz = self.zone_of(company).await?;
        let unknown =
            model::Refusal::InvalidField { field: "date".into(), limit: "a day of this zone".into() };
        let years = 1970..=2200;
        let date = Some(view.date).filter(|date| years.contains(&date.year()));
        let range = date.and_then(|date| calendar::zone::day_range(tz, date)).ok_or(unknown)?;
        let current = self.company(company).company().await?.seq;
        let key = TopicKey { date: view.date, scope: scope.clone() };
        let following = self.hub().join(company, key, range, current, outlet);
        let missed = match after {
            // A `seq` from the future is another database's: start over.
            Some(after) if after <= current && current.0 - after.0 <= CATCH_UP => {
                self.missed(company, &scope, range, after).await?.map(|frames| (after, frames))
            }
            _ => None,
        };
        let (have, frames) = match missed {
            Some(missed) => missed,
            None => (Seq(0), vec![self.snapshot(company, &scope, view.date).await?]),
        };
        following.go_live(have, frames);
        Ok(following)
    }

    /// Publishes what was committed since the last time, if somebody watches the company. Called by the publisher only.
    pub(crate) async fn publish(&self, company: CompanyId) -> Result<(), Failure> {
        loop {
            let Some(from) = self.hub().published(company) else { return Ok(()) };
            let Some(logged) = self.company(company).changes_after(from).await? else {
                // The log was cut past us.
                self.hub().start_over(company);
                return Ok(());
            };
            let Some(last) = logged.last().map(|logged| logged.seq) else { return Ok(()) };
            for topic in self.hub().topics(company) {
                let scope = &topic.key.scope;
                let mut shown = match topic.shown() {
                    Some(shown) => shown,
                    None => {
                        let now = self.shown_now(company, scope).await?;
                        topic.set_shown(&now);
                        now
                    }
                };
                for change in &logged {
                    let frame = match frame_of(scope, &mut shown, topic.range, change, topic.last()) {
                        Told::Nothing => continue,
                        Told::Frame(frame) => frame,
                        Told::Anew => self.snapshot(company, scope, topic.key.date).await?,
                    };
                    let seats = topic.deliver(&frame).await;
                    topic.set_shown(&shown);
                    if let Some(heard) = change.heard.filter(|_| seats > 0) {
                        self.reached(company, heard);
                    }
                }
            }
            self.hub().set_published(company, last);
        }
    }

    /// A change in Google, made or heard of at `heard`, is on its way to screens.
    fn reached(&self, company: CompanyId, heard: Instant) {
        let micros = self.now().since(heard).max(0);
        self.reaches().add(company, micros);
        self.metrics().reached(micros);
    }

    /// The rooms that a scope shows now.
    async fn shown_now(&self, company: CompanyId, scope: &Scope) -> Result<Shown, Failure> {
        if matches!(scope, Scope::Company) {
            return Ok(Shown::default());
        }
        let store = self.company(company);
        let rooms = store.room_list().await?;
        let as_of = store.company().await?.seq;
        Ok(scope.shown(rooms.iter().map(|room| &room.row), as_of))
    }

    async fn snapshot(
        &self,
        company: CompanyId,
        scope: &Scope,
        date: NaiveDate,
    ) -> Result<LiveFrame, Failure> {
        let grid = self.grid_of(company, Some(date), self.now()).await?;
        let day = scope.project_grid(grid);
        let seq = day.seq;
        let frame = framed(&ServerFrame::Snapshot { v: model::live::PROTOCOL, day: Box::new(day) })?;
        Ok(LiveFrame { seq, frame })
    }

    /// What concerns the view after `have`, from the log. `None` where a board's rooms changed meanwhile: which of them
    /// it showed at `have` is not known any more.
    async fn missed(
        &self,
        company: CompanyId,
        scope: &Scope,
        range: TimeRange,
        have: Seq,
    ) -> Result<Option<Vec<LiveFrame>>, Failure> {
        let of_room = |change: &Change| matches!(change, Change::Room { .. } | Change::RoomGone { .. });
        let mut shown = self.shown_now(company, scope).await?;
        let mut frames: Vec<LiveFrame> = Vec::new();
        let mut from = have;
        loop {
            let Some(logged) = self.company(company).changes_after(from).await? else {
                frames.push(LiveFrame { seq: from, frame: framed(&ServerFrame::Resync)? });
                return Ok(Some(frames));
            };
            let Some(last) = logged.last().map(|logged| logged.seq) else { return Ok(Some(frames)) };
            for change in &logged {
                let rooms_changed = change.changes.iter().flatten().any(of_room);
                if rooms_changed && matches!(scope, Scope::Board { .. }) {
                    return Ok(None);
                }
                let prev = frames.last().map_or(have, |frame| frame.seq);
                if let Told::Frame(frame) = frame_of(scope, &mut shown, range, change, prev) {
                    frames.push(frame);
                }
            }
            from = last;
        }
    }
}

fn framed(frame: &ServerFrame) -> Result<Frame, Failure> {
    let text = serde_json::to_string(frame).map_err(|_| Failure::Broken("a frame does not serialise"))?;
    Ok(Frame::text(&text))
}

/// What a topic is told of a commit.
enum Told {
    /// It does not concern it.
    Nothing,
    Frame(LiveFrame),
    /// The whole picture: a room came to it.
    Anew,
}

/// `shown` is what the topic shows before the commit, and then after it.
fn frame_of(
    scope: &Scope,
    shown: &mut Shown,
    range: TimeRange,
    logged: &store::LoggedChange,
    prev: Seq,
) -> Told {
    let frame = match &logged.changes {
        Some(all) => {
            let (mut changes, mut anew) = (Vec::new(), false);
            for change in all.iter().filter(|change| change.concerns(range)) {
                match scope.project(shown, logged.seq, change) {
                    Projected::Nothing => {}
                    Projected::Told(change) => changes.push(change),
                    Projected::Anew => anew = true,
                }
            }
            if anew {
                return Told::Anew;
            }
            if changes.is_empty() {
                return Told::Nothing;
            }
            ServerFrame::Delta(Delta { seq: logged.seq, prev, changes })
        }
        None => ServerFrame::Resync,
    };
    framed(&frame).map_or(Told::Nothing, |frame| Told::Frame(LiveFrame { seq: logged.seq, frame }))
}
