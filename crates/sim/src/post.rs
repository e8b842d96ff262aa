//! Google's notifications on their way: lost, doubled, late, out of order, held and then all at once, forged.

use booking::NoticeOutcome;
use sandbox::{Delivery, Notification};

use crate::draw::Draw;
use crate::house::{Came, Deed, Driven, House};
use crate::plan::Post;

struct Letter {
    notification: Notification,
    due: i64,
    forged: bool,
    /// Google does not wait for its answer.
    copy: bool,
}

pub(crate) struct Office {
    draw: Draw,
    letters: Vec<Letter>,
    /// Nothing is handed out before that.
    held_until: i64,
}

impl Office {
    pub(crate) fn new(seed: u64) -> Self {
        Self { draw: Draw::new(seed, "post"), letters: Vec::new(), held_until: 0 }
    }

    /// Time passes in Google's world; what leaves is taken in.
    pub(crate) fn collect(&mut self, house: &House) {
        let now = house.net.now().as_micros();
        let (leaving, calm) = {
            let mut state = house.net.lock();
            (state.world.tick(now), state.calm)
        };
        for notification in leaving {
            let post = if calm && house.plan.post != Post::Dead { Post::Good } else { house.plan.post };
            self.take(house, notification, post, now);
        }
    }

    fn take(&mut self, house: &House, notification: Notification, post: Post, now: i64) {
        let mark = |marker| house.net.mark(marker);
        let letter = |notification: &Notification, due, forged, copy| Letter {
            notification: notification.clone(),
            due,
            forged,
            copy,
        };
        let soon = now + self.draw.between(0, 800_000);
        match post {
            Post::Dead => mark("notice.lost"),
            Post::Good => self.letters.push(letter(&notification, soon, false, false)),
            Post::Held => {
                if self.held_until < now && self.draw.chance(0.05) {
                    self.held_until = now + self.draw.between(600, 43_200) * 1_000_000;
                    mark("notice.held");
                }
                self.letters.push(letter(&notification, soon.max(self.held_until), false, false));
            }
            Post::Bad => match self.draw.below(10) {
                0 | 1 => mark("notice.lost"),
                2 => {
                    mark("notice.doubled");
                    for _ in 0..=self.draw.below(4) {
                        self.letters.push(letter(&notification, soon, false, true));
                    }
                    self.letters.push(letter(&notification, soon, false, false));
                }
                3 | 4 => {
                    mark("notice.late");
                    let late = now + self.draw.between(5, 1_200) * 1_000_000;
                    self.letters.push(letter(&notification, late, false, false));
                }
                5 => {
                    mark("notice.forged");
                    self.letters.push(letter(&notification, soon, true, true));
                    self.letters.push(letter(&notification, soon, false, false));
                }
                _ => self.letters.push(letter(&notification, soon, false, false)),
            },
        }
    }

    pub(crate) fn waits(&self, now: i64) -> bool {
        self.letters.iter().any(|letter| letter.due <= now)
    }

    /// Hands out one that is due, in any order where the post is bad.
    pub(crate) async fn deliver(&mut self, house: &mut House) {
        let now = house.net.now().as_micros();
        let due: Vec<usize> =
            (0..self.letters.len()).filter(|index| self.letters[*index].due <= now).collect();
        let at = if house.plan.post == Post::Good { 0 } else { self.draw.below(due.len()) };
        let Some(index) = due.get(at).copied() else { return };
        let letter = self.letters.remove(index);
        if due.len() > 20 {
            house.net.mark("notice.burst");
        }
        let Some(server) = self.draw.pick(&house.awake()).copied() else {
            house.net.mark("notice.nobody_there");
            Self::answered(house, &letter, Delivery::Unreachable, now);
            return;
        };
        let Some(engine) = house.servers[server].engine.clone() else { return };
        let header = |name: &str| letter.notification.header(name).map(str::to_owned);
        let (channel, resource) = (header("X-Goog-Channel-ID"), header("X-Goog-Resource-ID"));
        let state = header("X-Goog-Resource-State");
        let token = if letter.forged { Some("forged".to_owned()) } else { header("X-Goog-Channel-Token") };
        house.line(&format!(
            "s{server} hears of {} {state:?} forged {}",
            letter.notification.calendar, letter.forged
        ));
        let doing = async move {
            let told =
                engine.notice(channel.as_deref(), token.as_deref(), resource.as_deref(), state.as_deref());
            Came::Noticed(told.await)
        };
        let operation = house.begin(server, Deed::Human, doing);
        let delivery = match house.drive(operation).await {
            Driven::Done(_, Came::Noticed(Ok(outcome))) => {
                if letter.forged && outcome != NoticeOutcome::Rejected {
                    house.net.lock().books.broken("a forged notification was believed".to_owned());
                }
                match outcome {
                    NoticeOutcome::Marked => {
                        house.net.mark("notice.marked");
                        Delivery::Status(200)
                    }
                    NoticeOutcome::Armed => {
                        house.net.mark("notice.armed");
                        Delivery::Status(200)
                    }
                    NoticeOutcome::Rejected => {
                        house.net.mark("notice.rejected");
                        Delivery::Status(404)
                    }
                }
            }
            Driven::Done(..) => Delivery::Status(503),
            _ => Delivery::Unreachable,
        };
        Self::answered(house, &letter, delivery, now);
    }

    fn answered(house: &House, letter: &Letter, delivery: Delivery, now: i64) {
        if !letter.copy && !letter.forged {
            house.net.lock().world.notified(letter.notification.clone(), delivery, now);
        }
    }

    /// Nothing is held any more.
    pub(crate) fn release(&mut self) {
        self.held_until = 0;
        self.letters.iter_mut().for_each(|letter| letter.due = 0);
    }
}
