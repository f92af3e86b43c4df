//! What several tests need.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::time::{Duration, Instant};

use reks_store::{Options, Store};

/// Opens the store in `file`, waiting for its last user, whose writer lets go of it soon after the last clone is dropped.
pub fn open_when_free(file: &Path) -> Store {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match Store::open(file, Options::default()) {
            Ok(store) => return store,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        std::thread::yield_now();
    }
}
