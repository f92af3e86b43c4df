//! Watches: the store's changes as events, from any revision on, in order, without gaps.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reks_store::{Event, EventKind, Revision, Watch};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::catalog::Resource;
use crate::registry::{ListOptions, Registry};
use crate::render::Render;
use crate::status::{Result, Status};
use crate::stored::Stored;

/// Silence after which a watch that allows it gets a bookmark.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);

/// Where a watch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the present objects as `ADDED` events.
    Present,
    /// With the present objects, then a bookmark that marks their end (`sendInitialEvents=true`).
    InitialEvents,
    /// After a revision.
    After(Revision),
}

/// A watch that a client asked for.
#[derive(Debug)]
pub struct WatchRequest {
    /// What is watched.
    pub resource: Arc<Resource>,
    /// In one namespace, or in all.
    pub namespace: Option<String>,
    /// Which objects (labels and fields count alone).
    pub options: ListOptions,
    /// Where it begins.
    pub start: Start,
    /// Whether the client wants bookmarks.
    pub bookmarks: bool,
    /// When it ends.
    pub timeout: Duration,
    /// How events are shown.
    pub render: Render,
}

impl Registry {
    /// Starts a watch, and yields its frames.
    ///
    /// # Errors
    /// `Expired` when the past that it asks for has been compacted.
    pub fn watch(&self, request: WatchRequest) -> Result<mpsc::Receiver<Bytes>> {
        let (initial, from) = match request.start {
            Start::After(revision) => (None, revision),
            Start::Present | Start::InitialEvents => {
                let options =
                    ListOptions { limit: None, continue_token: None, revision: None, ..request.options.clone() };
                let list = self.list(&request.resource, request.namespace.as_deref(), &options)?;
                let revision = list.revision;
                (Some(list), revision)
            }
        };
        let keys = request.resource.keys(request.namespace.as_deref());
        let current = self.store.revision();
        let watch = self.store.watch(keys, Some(from.min(current) + 1)).map_err(expired)?;
        let (sender, receiver) = mpsc::channel(crate::body::STREAM_BACKLOG);
        let mut follower = Follower { registry: self.clone(), request, sender, sent: false, seen: from };
        tokio::spawn(async move {
            let ended = async {
                for stored in initial.iter().flat_map(|list| &list.items) {
                    follower.send("ADDED", stored).await?;
                }
                if follower.request.start == Start::InitialEvents {
                    follower.bookmark(from, true).await?;
                }
                drop(initial);
                follower.follow(watch).await
            };
            if let Err(End::Failed(status)) = ended.await
                && let Ok(frame) = follower.request.render.failure(&status)
            {
                // The client may be gone already.
                let _ = follower.sender.send(frame).await;
            }
        });
        Ok(receiver)
    }
}

/// Why a watch ends before its time.
enum End {
    ClientGone,
    Failed(Status),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Failed(status)
    }
}

struct Follower {
    registry: Registry,
    request: WatchRequest,
    sender: mpsc::Sender<Bytes>,
    sent: bool,
    seen: Revision,
}

impl Follower {
    async fn follow(&mut self, mut watch: Watch) -> std::result::Result<(), End> {
        let deadline = Instant::now() + self.request.timeout;
        // The revision that was reached when the silence began: every change up to it has been told, if there was any.
        let mut quiet_since = self.registry.store.revision();
        let mut next_bookmark = Instant::now() + BOOKMARK_PERIOD;
        loop {
            tokio::select! {
                events = watch.next() => {
                    for event in events.map_err(|error| End::Failed(expired(error)))? {
                        self.tell(&event).await?;
                    }
                    next_bookmark = Instant::now() + BOOKMARK_PERIOD;
                    quiet_since = quiet_since.max(self.seen);
                }
                () = tokio::time::sleep_until(next_bookmark), if self.request.bookmarks => {
                    if quiet_since > self.seen {
                        self.bookmark(quiet_since, false).await?;
                    }
                    quiet_since = self.registry.store.revision();
                    next_bookmark = Instant::now() + BOOKMARK_PERIOD;
                }
                () = self.sender.closed() => return Err(End::ClientGone),
                () = tokio::time::sleep_until(deadline) => return Ok(()),
            }
        }
    }

    async fn tell(&mut self, event: &Event) -> std::result::Result<(), End> {
        let revision = event.kv.mod_revision;
        if revision <= self.seen {
            return Ok(());
        }
        self.seen = revision;
        let now = match event.kind {
            EventKind::Put => Some(Stored::read(&event.kv)?),
            EventKind::Delete => None,
        };
        // What was there is shown with the revision of the change.
        let before = event.prev.as_ref().map(|kv| Stored::from_parts(&kv.value, revision)).transpose()?;
        let picked = |stored: &Option<Stored>| match stored {
            Some(stored) if self.is_picky() => {
                self.registry.picked(&self.request.resource, stored, &self.request.options)
            }
            Some(_) => Ok(true),
            None => Ok(false),
        };
        match (picked(&before)?, picked(&now)?, now, before) {
            (false, true, Some(now), _) => self.send("ADDED", &now).await,
            (true, true, Some(now), _) => self.send("MODIFIED", &now).await,
            // An object that no longer fits is shown as it is now, one that is gone as it was.
            (true, false, Some(now), _) => self.send("DELETED", &now).await,
            (true, false, None, Some(before)) => self.send("DELETED", &before).await,
            _ => Ok(()),
        }
    }

    fn is_picky(&self) -> bool {
        !self.request.options.labels.is_empty() || !self.request.options.fields.is_empty()
    }

    async fn send(&mut self, event: &str, stored: &Stored) -> std::result::Result<(), End> {
        let frame = self.request.render.event(event, stored, !self.sent)?;
        self.sent = true;
        self.sender.send(frame).await.map_err(|_| End::ClientGone)
    }

    async fn bookmark(&mut self, revision: Revision, initial_end: bool) -> std::result::Result<(), End> {
        let frame = self.request.render.bookmark(revision, initial_end)?;
        self.seen = self.seen.max(revision);
        self.sender.send(frame).await.map_err(|_| End::ClientGone)
    }
}

fn expired(error: reks_store::Error) -> Status {
    match error {
        reks_store::Error::Compacted { asked, oldest } => {
            Status::expired(format!("too old resource version: {} ({})", asked.saturating_sub(1), oldest))
        }
        other => Status::internal(other),
    }
}
