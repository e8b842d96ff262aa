//! Channels: the first message and the answer to `watch` may come in either order.

use model::{CalendarId, ChannelId};
use store::{ChannelState, StoreError};

use crate::support::{Fixture, NOW, entropy, on_every_engine};

on_every_engine!(a_late_first_message_keeps_the_granted_life);

async fn a_late_first_message_keeps_the_granted_life(fixture: Fixture) {
    let (channel, calendar) = (ChannelId::new(NOW, entropy()), CalendarId::new(NOW, entropy()));
    let expires = NOW.plus_secs(604_800);
    fixture
        .company
        .write(NOW, move |tx| {
            Box::pin(async move {
                tx.channel_insert(channel, calendar, "hash", NOW).await?;
                tx.channel_arm(channel, "resource", Some(expires)).await?;
                tx.channel_arm(channel, "resource", None).await?;
                Ok::<_, StoreError>(())
            })
        })
        .await
        .unwrap();
    let row = fixture.company.channel_of_calendar(calendar).await.unwrap().remove(0);
    assert_eq!((row.state, row.expires_at), (ChannelState::Armed, Some(expires)));
}
