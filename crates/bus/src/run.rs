//! The connection to Redis: made, watched, made again.

use std::time::Duration;

use futures::StreamExt as _;
use redis::AsyncConnectionConfig;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::note::{Letter, Note};
use crate::{Bus, Health};

/// The one channel. Companies are told apart by their ids, so that installations may share a Redis.
pub(crate) const CHANNEL: &str = "roomly:1";
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long Redis may take for an answer. A slow Redis is as good as none.
const ANSWER: Duration = Duration::from_millis(500);
/// A sign of life is sent this often, through Redis and back.
const BEAT: Duration = Duration::from_millis(500);
/// Without one for this long, notes do not arrive.
const SILENCE: Duration = Duration::from_millis(2_000);
/// How long to wait before the next attempt.
const AGAIN: Duration = Duration::from_millis(500);
/// Notes sent at once.
const BATCH: usize = 64;

/// Makes a [`Bus`] go.
pub struct Runner {
    pub(crate) bus: Bus,
    pub(crate) waiting: mpsc::Receiver<Note>,
}

/// Why a connection ended.
enum Lost {
    Redis(redis::RedisError),
    Silent,
    /// Nobody listens to the notes any more.
    Over,
}

impl From<redis::RedisError> for Lost {
    fn from(error: redis::RedisError) -> Self {
        Self::Redis(error)
    }
}

impl Runner {
    /// Sends notes, and hands what others sent to `heard`. Ends when nobody takes them.
    pub async fn run(mut self, heard: mpsc::Sender<Note>) {
        loop {
            let lost = self.connected(&heard).await;
            let was = self.bus.0.health.send_replace(Health::Down);
            let why = match lost {
                Lost::Over => return,
                Lost::Silent => "nothing comes back".to_owned(),
                // The address may hold a password; Redis' own words do not.
                Lost::Redis(error) => error.category().to_owned(),
            };
            if was != Health::Down {
                tracing::warn!(error = why, "Redis is out of reach; changes of other servers are polled for");
            }
            sleep(AGAIN).await;
            // What waited is old by now; the database knows better.
            while self.waiting.try_recv().is_ok() {}
        }
    }

    async fn connected(&mut self, heard: &mpsc::Sender<Note>) -> Lost {
        let lost = match self.talk(heard).await {
            Ok(never) => match never {},
            Err(lost) => lost,
        };
        self.bus.line().connection = None;
        lost
    }

    async fn talk(&mut self, heard: &mpsc::Sender<Note>) -> Result<std::convert::Infallible, Lost> {
        let client = &self.bus.0.client;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        let mut sender = client.get_multiplexed_async_connection_with_config(&config).await?;
        let listening = async {
            let mut listener = client.get_async_pubsub().await?;
            listener.subscribe(CHANNEL).await?;
            Ok::<_, redis::RedisError>(listener.into_on_message())
        };
        self.bus.line().connection = Some(sender.clone());
        let mut letters = timeout(CONNECT, listening).await.map_err(|_| Lost::Silent)??;
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut alive = Instant::now();
        let mut notes = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = beats.tick() => {
                    if alive.elapsed() > SILENCE {
                        return Err(Lost::Silent);
                    }
                    self.send(&mut sender, &[None]).await?;
                }
                count = self.waiting.recv_many(&mut notes, BATCH) => {
                    if count == 0 {
                        return Err(Lost::Over);
                    }
                    let letters: Vec<Option<Note>> = notes.drain(..).map(Some).collect();
                    self.send(&mut sender, &letters).await?;
                }
                letter = letters.next() => {
                    let Some(letter) = letter else { return Err(Lost::Silent) };
                    let Ok(letter) = serde_json::from_slice::<Letter>(letter.get_payload_bytes()) else { continue };
                    if letter.from == self.bus.0.server {
                        alive = Instant::now();
                        self.arrived();
                    } else if let Some(note) = letter.note
                        && heard.send(note).await.is_err()
                    {
                        return Err(Lost::Over);
                    }
                }
            }
        }
    }

    /// A letter of ours came back.
    fn arrived(&self) {
        let was = self.bus.0.health.borrow().to_owned();
        if was != Health::Up {
            self.bus.0.health.send_replace(Health::Up);
            tracing::info!("Redis carries notes between the servers");
        }
    }

    async fn send(
        &self,
        sender: &mut redis::aio::MultiplexedConnection,
        notes: &[Option<Note>],
    ) -> Result<(), Lost> {
        let mut pipe = redis::pipe();
        for note in notes {
            let letter = Letter { from: self.bus.0.server, note: *note };
            if let Ok(text) = serde_json::to_string(&letter) {
                pipe.publish(CHANNEL, text).ignore();
            }
        }
        Ok(pipe.exec_async(sender).await?)
    }
}
