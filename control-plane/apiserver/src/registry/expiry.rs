//! Events are forgotten after a while.

use jiff::{SignedDuration, Timestamp};
use reks_store::{KeyRange, Op, RangeRequest, Txn};

use super::{Registry, unchanged_since};
use crate::status::Result;
use crate::stored::Stored;

const EVENTS: &str = "/registry/core/events/";
/// Events that are looked at together.
const PAGE: usize = 100;

impl Registry {
    /// Forgets events that were last seen longer ago than `life`.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn expire_events(&self, life: SignedDuration) -> Result<()> {
        let oldest = (self.environment.now)() - life;
        let mut keys = KeyRange::prefix(EVENTS);
        loop {
            let page = self.store.range(&RangeRequest { keys: keys.clone(), revision: None, limit: Some(PAGE) })?;
            for kv in &page.kvs {
                let event = Stored::read(kv)?.parse()?;
                let seen = ["lastTimestamp", "eventTime"].iter().find_map(|field| event[*field].as_str());
                let seen = seen.or(event["series"]["lastObservedTime"].as_str());
                let seen = seen.or(event["metadata"]["creationTimestamp"].as_str());
                if seen.and_then(|text| text.parse::<Timestamp>().ok()).is_some_and(|seen| seen > oldest) {
                    continue;
                }
                let compares = vec![unchanged_since(&kv.key, kv.mod_revision)];
                let success = vec![Op::Delete { key: kv.key.clone() }];
                self.store.txn(Txn { compares, success, failure: Vec::new() }).await?;
            }
            match page.kvs.last() {
                Some(last) if page.more => keys.start = [&last.key[..], b"\0"].concat().into(),
                _ => return Ok(()),
            }
        }
    }
}
