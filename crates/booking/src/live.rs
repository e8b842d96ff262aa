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
use crate::engine::Engine;
use crate::failure::Failure;
use crate::hub::{Following, LiveFrame, TopicKey};
use crate::scope::Scope;

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
        let scope = self.scope_of(&display).await?;
        Ok(self.follow_scope(display.company, scope, view, after, outlet).await?)
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
        match after {
            // A `seq` from the future is another database's: start over.
            Some(after) if after <= current && current.0 - after.0 <= CATCH_UP => {
                following.go_live(after, self.missed(company, &scope, range, after).await?);
            }
            _ => {
                let snapshot = self.snapshot(company, &scope, view.date).await?;
                following.go_live(Seq(0), vec![snapshot]);
            }
        }
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
                for change in &logged {
                    if let Some(frame) = frame_of(&topic.key.scope, topic.range, change, topic.last()) {
                        let seats = topic.deliver(&frame).await;
                        if let Some(heard) = change.heard.filter(|_| seats > 0) {
                            self.reached(company, heard);
                        }
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

    /// What concerns the view after `have`, from the log.
    async fn missed(
        &self,
        company: CompanyId,
        scope: &Scope,
        range: TimeRange,
        have: Seq,
    ) -> Result<Vec<LiveFrame>, Failure> {
        let mut frames: Vec<LiveFrame> = Vec::new();
        let mut from = have;
        loop {
            let Some(logged) = self.company(company).changes_after(from).await? else {
                frames.push(LiveFrame { seq: from, frame: framed(&ServerFrame::Resync)? });
                return Ok(frames);
            };
            let Some(last) = logged.last().map(|logged| logged.seq) else { return Ok(frames) };
            for change in &logged {
                let prev = frames.last().map_or(have, |frame| frame.seq);
                frames.extend(frame_of(scope, range, change, prev));
            }
            from = last;
        }
    }
}

fn framed(frame: &ServerFrame) -> Result<Frame, Failure> {
    let text = serde_json::to_string(frame).map_err(|_| Failure::Broken("a frame does not serialise"))?;
    Ok(Frame::text(&text))
}

/// The frame that tells a topic of a commit, if it concerns it.
fn frame_of(scope: &Scope, range: TimeRange, logged: &store::LoggedChange, prev: Seq) -> Option<LiveFrame> {
    let frame = match &logged.changes {
        Some(changes) => {
            let concerned = changes.iter().filter(|change| change.concerns(range));
            let changes: Vec<Change> = concerned.filter_map(|change| scope.project(change)).collect();
            if changes.is_empty() {
                return None;
            }
            ServerFrame::Delta(Delta { seq: logged.seq, prev, changes })
        }
        None => ServerFrame::Resync,
    };
    let frame = framed(&frame).ok()?;
    Some(LiveFrame { seq: logged.seq, frame })
}
