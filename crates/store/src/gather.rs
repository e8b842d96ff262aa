//! Questions that many ask at the same time, put to the database together.
//!
//! What is asked while a statement is under way waits for its end and is asked by the next one, with whatever else came
//! meanwhile. An answer is never older than its question: nothing is kept. So a burst of requests costs a few statements,
//! and one by itself costs what it always did.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::error::StoreError;

/// Most questions of one statement.
const TOGETHER: usize = 64;

type Answer<V> = Result<Option<V>, StoreError>;

/// Answers are found by the questions' keys.
pub(crate) struct Gather<V> {
    waiting: Mutex<Vec<(String, oneshot::Sender<Answer<V>>)>>,
    /// Whoever has it asks for all that wait.
    turn: tokio::sync::Mutex<()>,
}

impl<V> Default for Gather<V> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<V: Clone> Gather<V> {
    /// What `ask` answers for `key`. `ask` is given every key that waits, this one or others. Where it fails for others,
    /// they are told [`StoreError::Unavailable`].
    pub(crate) async fn ask<F>(&self, key: &str, ask: impl Fn(Vec<String>) -> F) -> Answer<V>
    where
        F: Future<Output = Result<HashMap<String, V>, StoreError>>,
    {
        'again: loop {
            let (reply, mut answer) = oneshot::channel();
            self.waiting().push((key.to_owned(), reply));
            let _turn = tokio::select! {
                biased;
                answered = &mut answer => match answered {
                    Ok(answer) => return answer,
                    Err(_) => continue 'again,
                },
                turn = self.turn.lock() => turn,
            };
            loop {
                match answer.try_recv() {
                    Ok(answer) => return answer,
                    // Who asked for us was dropped.
                    Err(TryRecvError::Closed) => continue 'again,
                    Err(TryRecvError::Empty) => self.ask_for_all(&ask).await,
                }
            }
        }
    }

    async fn ask_for_all<F>(&self, ask: &impl Fn(Vec<String>) -> F)
    where
        F: Future<Output = Result<HashMap<String, V>, StoreError>>,
    {
        let asked = {
            let mut waiting = self.waiting();
            let count = waiting.len().min(TOGETHER);
            waiting.drain(..count).collect::<Vec<_>>()
        };
        let mut keys: Vec<String> = asked.iter().map(|(key, _)| key.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        let found = ask(keys).await;
        if let Err(error) = &found {
            tracing::warn!(error = %error, "Could not ask for many at once");
        }
        for (key, reply) in asked {
            let answer = found.as_ref().map(|found| found.get(&key).cloned());
            reply.send(answer.map_err(|_| StoreError::Unavailable)).ok();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(String, oneshot::Sender<Answer<V>>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt as _;
    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    /// A database that answers each key with itself, when it is let.
    #[derive(Clone)]
    struct Slow {
        gate: Arc<Semaphore>,
        asked: Arc<AtomicUsize>,
    }

    impl Slow {
        fn new() -> Self {
            Self { gate: Arc::new(Semaphore::new(0)), asked: Arc::default() }
        }

        async fn answer(self, keys: Vec<String>) -> Result<HashMap<String, String>, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.gate.acquire().await.map_err(|_| StoreError::Closed)?.forget();
            Ok(keys.into_iter().filter(|key| key != "nobody").map(|key| (key.clone(), key)).collect())
        }
    }

    async fn ask(gather: &Gather<String>, slow: &Slow, key: &str) -> Answer<String> {
        gather.ask(key, |keys| slow.clone().answer(keys)).await
    }

    #[tokio::test]
    async fn what_comes_while_one_is_asked_is_asked_together() {
        let (gather, slow) = (Gather::default(), Slow::new());
        let keys: Vec<String> = (0..50).map(|index| format!("{}", index % 20)).collect();
        let mut all = Box::pin(join_all(keys.iter().map(|key| ask(&gather, &slow, key))));
        assert!(all.as_mut().now_or_never().is_none(), "all have asked before the first is answered");
        slow.gate.add_permits(2);
        for (key, answer) in keys.iter().zip(all.await) {
            assert_eq!(answer.unwrap().as_ref(), Some(key));
        }
        assert_eq!(slow.asked.load(Ordering::Relaxed), 2, "the first by itself, then all others");
        slow.gate.add_permits(1);
        assert_eq!(ask(&gather, &slow, "nobody").await.unwrap(), None);
    }

    #[tokio::test]
    async fn who_asked_for_others_may_go() {
        let (gather, slow) = (Gather::default(), Slow::new());
        let mut first = Box::pin(ask(&gather, &slow, "a"));
        let mut second = Box::pin(ask(&gather, &slow, "b"));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        let mut third = Box::pin(ask(&gather, &slow, "c"));
        assert!(third.as_mut().now_or_never().is_none());
        // It asks for the third as well, and goes while it does.
        assert!(second.as_mut().now_or_never().is_none());
        drop(second);
        slow.gate.add_permits(1);
        assert_eq!(third.await.unwrap().as_deref(), Some("c"));
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_asked() {
        let (gather, slow) = (Gather::default(), Slow::new());
        let mut all = Box::pin(join_all((0..5).map(|_| ask(&gather, &slow, "a"))));
        assert!(all.as_mut().now_or_never().is_none(), "all have asked before the first fails");
        slow.gate.close();
        for answer in all.await {
            assert!(matches!(answer, Err(StoreError::Unavailable)));
        }
        assert_eq!(slow.asked.load(Ordering::Relaxed), 2);
    }
}
