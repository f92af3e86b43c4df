//! What several tests need.

#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, each of which uses some")]

use std::path::Path;
use std::time::{Duration, Instant};

use reks_store::{Error, Event, Options, Store, Watch};

/// How long anything may take here that should take milliseconds.
const DEADLINE: Duration = Duration::from_secs(10);

/// Opens the store in `file`, waiting for its last user, whose writer lets go of it soon after the last clone is dropped.
pub fn open_when_free(file: &Path) -> Store {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match Store::open(file, Options::default()) {
            Ok(store) => return store,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        std::thread::yield_now();
    }
}

/// The next changes that a watch tells; a watch that tells nothing fails the test.
pub async fn next(watch: &mut Watch) -> Result<Vec<Event>, Error> {
    tokio::time::timeout(DEADLINE, watch.next()).await.expect("the watch tells nothing")
}
