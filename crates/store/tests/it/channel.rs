//! Channels: the first message and the answer to `watch` may come in either order.

use model::{CalendarId, ChannelId};
use store::{ChannelState, StoreError};

use crate::support::{Fixture, NOW, entropy};

#[tokio::test]
async fn a_late_first_message_keeps_the_granted_life() {
    let fixture = Fixture::new().await;
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
    let row = fixture.store.system().channel_by_id(channel).await.unwrap().unwrap();
    assert_eq!((row.state, row.expires_at), (ChannelState::Armed, Some(expires)));
}
