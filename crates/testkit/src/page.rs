//! A page that stays open: its screen comes back whenever its socket ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::GridState;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::browser::Browser;
use crate::screen::Screen;

/// How often it tries to come back.
const AGAIN: Duration = Duration::from_millis(100);

/// Somebody's open page.
pub struct Page {
    drawn: Arc<Mutex<GridState>>,
    task: JoinHandle<()>,
}

impl Page {
    /// Keeps a screen of this browser open until `stop`.
    pub fn keep(mut screen: Screen, browser: &Browser, stop: CancellationToken) -> Self {
        let drawn = Arc::new(Mutex::new(screen.grid().clone()));
        let (told, root, cookies) = (Arc::clone(&drawn), browser.root.clone(), browser.cookie_header());
        let run = async move {
            let headers = [("origin", root.as_str()), ("cookie", cookies.as_str())];
            let mut pace = tokio::time::interval(AGAIN);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let step = tokio::select! {
                    () = stop.cancelled() => return,
                    step = screen.step() => step,
                };
                if step.is_ok() {
                    *told.lock().unwrap() = screen.grid().clone();
                    continue;
                }
                loop {
                    pace.tick().await;
                    if stop.is_cancelled() || screen.come_back(&root, &headers).await {
                        break;
                    }
                }
            }
        };
        #[expect(clippy::disallowed_methods, reason = "somebody's page, joined at its end")]
        let task = tokio::spawn(run);
        Self { drawn, task }
    }

    /// What it shows at this moment.
    pub fn drawn(&self) -> GridState {
        self.drawn.lock().unwrap().clone()
    }

    /// Waits for its end, after `stop`. An error: it noticed something that no page may see.
    pub async fn ended(self) -> Result<(), tokio::task::JoinError> {
        self.task.await
    }
}
