//! What keeps a store small: old revisions are compacted, and events forgotten after an hour.

use std::sync::Arc;
use std::time::Duration;

use reks_apiserver::Server;

/// How much of the past stays, at least: watches that reconnect within it miss nothing (upstream's default).
const HISTORY: Duration = Duration::from_secs(300);
/// How long events stay (upstream's default).
const EVENT_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// Keeps house for as long as the process lives.
pub async fn run(server: Arc<Server>) {
    let mut before = None;
    loop {
        tokio::time::sleep(HISTORY).await;
        if let Err(status) = server.registry.expire_events(EVENT_LIFE).await {
            tracing::warn!(message = status.message, "cannot forget old events");
        }
        let now = server.registry.store.revision();
        if let Some(revision) = before.filter(|revision| *revision < now)
            && let Err(error) = server.registry.store.compact(revision).await
        {
            tracing::warn!(%error, "cannot compact the store");
        }
        before = Some(now);
    }
}
