//! Any sequence of changes, compactions and restarts, held against a plain model of the whole history.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;

use proptest::prelude::*;
use reks_store::{Error, EventKind, KeyRange, Op, RangeRequest, Store, Txn};

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    /// Compacts so many revisions behind the present.
    Compact(u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6u8, any::<u8>()).prop_map(|(key, value)| Step::Put(key, value)),
        3 => (0..6u8).prop_map(Step::Delete),
        1 => (0..8u8).prop_map(Step::Compact),
        1 => Just(Step::Reopen),
    ]
}

type Keys = BTreeMap<Vec<u8>, Vec<u8>>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn every_readable_revision_is_as_it_was(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(check(steps));
    }
}

async fn check(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    let mut store = common::open_when_free(&file);
    // What all keys were at each revision from 1 on.
    let mut history: Vec<Keys> = vec![Keys::new()];
    let mut compacted = 0;
    for step in steps {
        let mut keys = history.last().unwrap().clone();
        let op = match step {
            Step::Put(key, value) => {
                keys.insert(vec![key], vec![value]);
                Op::Put { key: vec![key].into(), value: vec![value].into() }
            }
            Step::Delete(key) => {
                if keys.remove(&vec![key]).is_none() {
                    continue;
                }
                Op::Delete { key: vec![key].into() }
            }
            Step::Compact(behind) => {
                let to = store.revision().saturating_sub(behind.into());
                let done = store.compact(to).await;
                assert_eq!(done.is_ok(), to > compacted);
                compacted = compacted.max(to);
                continue;
            }
            Step::Reopen => {
                drop(store);
                store = common::open_when_free(&file);
                continue;
            }
        };
        store.txn(Txn { success: vec![op], ..Txn::default() }).await.unwrap();
        history.push(keys);
    }
    for (index, keys) in history.iter().enumerate() {
        let asked = index as u64 + 1;
        let request = RangeRequest { keys: KeyRange::prefix(""), revision: Some(asked), limit: None };
        let read = store.range(&request).map(|result| pairs(result.kvs));
        if asked < compacted {
            assert_eq!(read, Err(Error::Compacted { asked, oldest: compacted }));
        } else {
            assert_eq!(read.as_ref(), Ok(keys), "revision {asked}");
        }
    }
    replayed(&store, &history, compacted).await;
}

/// A watch from the oldest revision, applied to what was there, gives what is there.
async fn replayed(store: &Store, history: &[Keys], compacted: u64) {
    let base = compacted.max(1);
    let mut keys = history[base as usize - 1].clone();
    let mut watch = store.watch(KeyRange::prefix(""), Some(base + 1)).unwrap();
    let mut reached = base;
    while reached < history.len() as u64 {
        for event in common::next(&mut watch).await.unwrap() {
            reached += 1;
            assert_eq!(event.kv.mod_revision, reached);
            match event.kind {
                EventKind::Put => drop(keys.insert(event.kv.key.to_vec(), event.kv.value.to_vec())),
                EventKind::Delete => drop(keys.remove(&event.kv.key[..])),
            }
            assert_eq!(keys, history[reached as usize - 1]);
        }
    }
}

fn pairs(kvs: Vec<reks_store::KeyValue>) -> Keys {
    kvs.into_iter().map(|kv| (kv.key.to_vec(), kv.value.to_vec())).collect()
}
