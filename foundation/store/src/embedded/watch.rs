//! Watches: each reads the file until it has caught up, then follows the commits.
//!
//! A watch that does not keep up is not waited for: it is cut from the live commits, drains what it was given, and reads
//! the file again from where it stood. So a slow watch costs bounded memory, stalls nobody, and still misses nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::Shared;
use super::tables::Snapshot;
use crate::error::Error;
use crate::types::{Event, KeyRange, Revision};

/// Commits that a watch may be behind before it reads the file instead.
const BACKLOG: usize = 64;
/// Changes that one look at the file goes through, give or take the last revision.
const REPLAY: usize = 500;

/// Who follows the commits.
pub(super) struct Hub {
    state: Mutex<State>,
}

struct State {
    /// The last revision told to the followers.
    revision: Revision,
    followers: Vec<Follower>,
    /// Whether the last commit was told: no other comes.
    closed: bool,
}

struct Follower {
    keys: KeyRange,
    commits: mpsc::Sender<Vec<Event>>,
}

impl Hub {
    pub(super) fn new(revision: Revision) -> Self {
        Self { state: Mutex::new(State { revision, followers: Vec::new(), closed: false }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the state is half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn revision(&self) -> Revision {
        self.state().revision
    }

    /// Tells the followers of a commit; those that are gone or too far behind are cut.
    pub(super) fn publish(&self, revision: Revision, events: &[Event]) {
        let mut state = self.state();
        state.revision = revision;
        state.followers.retain(|follower| {
            let wanted: Vec<_> = events.iter().filter(|event| follower.keys.contains(&event.kv.key)).cloned().collect();
            if wanted.is_empty() { !follower.commits.is_closed() } else { follower.commits.try_send(wanted).is_ok() }
        });
    }

    /// Lets the followers go once they have drained what they were given.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.followers.clear();
    }

    /// Follows the commits from `next` on, if that is where they stand.
    fn follow(&self, keys: &KeyRange, next: Revision) -> Follow {
        let mut state = self.state();
        if next <= state.revision {
            return Follow::Behind(state.revision);
        }
        if state.closed {
            return Follow::Closed;
        }
        let (commits, receiver) = mpsc::channel(BACKLOG);
        state.followers.push(Follower { keys: keys.clone(), commits });
        Follow::Live(receiver)
    }
}

/// How a watch goes on.
enum Follow {
    /// By the commits from now on.
    Live(mpsc::Receiver<Vec<Event>>),
    /// By reading the file up to this revision.
    Behind(Revision),
    /// Not at all: it was told everything, and the store is closed.
    Closed,
}

/// A watch of a range of keys: every change once, in order, none left out.
pub struct Watch {
    shared: Arc<Shared>,
    keys: KeyRange,
    /// The first revision that was not delivered yet.
    next: Revision,
    live: Option<mpsc::Receiver<Vec<Event>>>,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>, keys: KeyRange, from: Option<Revision>) -> Result<Self, Error> {
        let next = from.unwrap_or_else(|| shared.hub.revision() + 1);
        // Says now, not at the first event, that the past asked for is gone.
        Snapshot::open(&shared.database)?.check_replay(next)?;
        Ok(Self { shared, keys, next, live: None })
    }

    /// The next changes: one or more, whole revisions. Waits until there are some. May be cancelled without loss.
    ///
    /// # Errors
    /// [`Error::Compacted`] where the watch was so far behind that the past it needed is gone; [`Error::Storage`];
    /// [`Error::Closed`] once every change was told and the last [`super::Store`] is dropped.
    pub async fn next(&mut self) -> Result<Vec<Event>, Error> {
        loop {
            if let Some(live) = &mut self.live {
                match live.recv().await {
                    Some(events) => {
                        // A watch from the future hears of commits before its start.
                        let events: Vec<_> =
                            events.into_iter().filter(|event| event.kv.mod_revision >= self.next).collect();
                        if let Some(last) = events.last() {
                            self.next = last.kv.mod_revision + 1;
                            return Ok(events);
                        }
                    }
                    None => self.live = None,
                }
                continue;
            }
            match self.shared.hub.follow(&self.keys, self.next) {
                Follow::Live(live) => self.live = Some(live),
                Follow::Closed => return Err(Error::Closed),
                Follow::Behind(to) => {
                    let snapshot = Snapshot::open(&self.shared.database)?;
                    let (events, last) = snapshot.replay(self.next, to, REPLAY, |key| self.keys.contains(key))?;
                    self.next = last + 1;
                    if !events.is_empty() {
                        return Ok(events);
                    }
                }
            }
        }
    }
}
