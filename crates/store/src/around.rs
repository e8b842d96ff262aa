//! What a write may meet on its way between whoever asked for it and the writer; for the simulator.
//!
//! A process that dies before it asked has written nothing. One that dies after the commit has written, and nobody was
//! told. Where the way back is lost, it is not known which of the two it was. All three are drawn here, at the one write
//! path, so that nobody who writes needs a place for them.

use std::ops::Deref;
use std::sync::Arc;

use crate::error::StoreError;
use crate::writer::Writer;

/// A moment of a write, seen from whoever asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It was not asked for yet.
    Before,
    /// It is committed, or refused; the one who asked does not know.
    After,
}

/// What becomes of it at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It goes on.
    On,
    /// Nobody hears of it again: [`StoreError::CommitUnknown`].
    Lost,
}

/// Asked at each moment of each write. It may also unwind: the process dies there.
pub type Around = Arc<dyn Fn(Moment) -> Turn + Send + Sync>;

/// The writer, as one handle of the database reaches it.
#[derive(Clone)]
pub(crate) struct Desk {
    writer: Arc<Writer>,
    around: Option<Around>,
}

impl Desk {
    pub(crate) fn new(writer: Writer) -> Self {
        Self { writer: Arc::new(writer), around: None }
    }

    pub(crate) fn with(&self, around: Around) -> Self {
        Self { writer: Arc::clone(&self.writer), around: Some(around) }
    }

    /// The answer to `write`, if it arrives.
    pub(crate) async fn tell<T, E: From<StoreError>>(
        &self,
        write: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(around) = &self.around else { return write.await };
        let lost = || Err(StoreError::CommitUnknown.into());
        if around(Moment::Before) == Turn::Lost {
            return lost();
        }
        let answer = write.await;
        if around(Moment::After) == Turn::Lost { lost() } else { answer }
    }
}

impl Deref for Desk {
    type Target = Writer;

    fn deref(&self) -> &Writer {
        &self.writer
    }
}
