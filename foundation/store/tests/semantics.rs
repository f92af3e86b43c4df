//! etcd's rules, one after the other.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use reks_store::{
    Compare, Error, Event, EventKind, KeyRange, KeyValue, Op, Operator, RangeRequest, RangeResult, Store, Target, Txn,
    TxnResult,
};

fn put(key: &str, value: &str) -> Op {
    Op::Put { key: key.to_owned().into(), value: value.to_owned().into() }
}

fn delete(key: &str) -> Op {
    Op::Delete { key: key.to_owned().into() }
}

async fn done(store: &Store, ops: impl Into<Vec<Op>>) -> TxnResult {
    store.txn(Txn { success: ops.into(), ..Txn::default() }).await.unwrap()
}

fn range(store: &Store, revision: Option<u64>, limit: Option<usize>) -> Result<RangeResult, Error> {
    store.range(&RangeRequest { keys: KeyRange::prefix(""), revision, limit })
}

fn words(kvs: &[KeyValue]) -> String {
    let word = |kv: &KeyValue| format!("{}={}", text(&kv.key), text(&kv.value));
    kvs.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn told(events: &[Event]) -> String {
    let word = |event: &Event| {
        let sign = if event.kind == EventKind::Put { "+" } else { "-" };
        format!("{}{sign}{}={}", event.kv.mod_revision, text(&event.kv.key), text(&event.kv.value))
    };
    events.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn revisions_and_versions_count_as_in_etcd() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.revision(), 1);
    done(&store, [put("a", "1"), put("b", "1")]).await;
    done(&store, [put("a", "2")]).await;
    let kv = store.get(b"a").unwrap().unwrap();
    assert_eq!((kv.create_revision, kv.mod_revision, kv.version), (2, 3, 2));
    done(&store, [delete("a")]).await;
    assert_eq!(store.get(b"a").unwrap(), None);
    done(&store, [put("a", "3")]).await;
    let kv = store.get(b"a").unwrap().unwrap();
    assert_eq!((kv.create_revision, kv.mod_revision, kv.version), (5, 5, 1));
}

#[tokio::test]
async fn what_changes_nothing_makes_no_revision() {
    let store = Store::in_memory().unwrap();
    assert_eq!(done(&store, [delete("a")]).await.revision, 1);
    assert_eq!(done(&store, [Op::Get { key: "a".into() }]).await.revision, 1);
    assert_eq!(done(&store, []).await.revision, 1);
}

#[tokio::test]
async fn compares_choose_the_branch() {
    let store = Store::in_memory().unwrap();
    done(&store, [put("a", "m")]).await;
    let check = async |key: &'static str, operator, target, holds: bool| {
        let compare = Compare { key: key.into(), operator, target };
        let txn = Txn { compares: vec![compare.clone()], ..Txn::default() };
        assert_eq!(store.txn(txn).await.unwrap().succeeded, holds, "{compare:?}");
    };
    check("a", Operator::Equal, Target::ModRevision(2), true).await;
    check("a", Operator::Equal, Target::ModRevision(3), false).await;
    check("a", Operator::NotEqual, Target::ModRevision(3), true).await;
    check("a", Operator::Greater, Target::Version(0), true).await;
    check("a", Operator::Less, Target::CreateRevision(2), false).await;
    check("a", Operator::Less, Target::Value("n".into()), true).await;
    check("b", Operator::Equal, Target::Version(0), true).await;
    check("b", Operator::Equal, Target::CreateRevision(0), true).await;
    check("b", Operator::NotEqual, Target::Value("m".into()), false).await;
}

#[tokio::test]
async fn a_failed_compare_does_the_other_branch() {
    let store = Store::in_memory().unwrap();
    done(&store, [put("a", "1")]).await;
    let stale = Compare { key: "a".into(), operator: Operator::Equal, target: Target::ModRevision(9) };
    let get = Op::Get { key: "a".into() };
    let txn = Txn { compares: vec![stale], success: vec![put("a", "2")], failure: vec![get] };
    let result = store.txn(txn).await.unwrap();
    assert!(!result.succeeded);
    assert_eq!(result.kvs[0].as_ref().unwrap().value, "1");
    assert_eq!(store.get(b"a").unwrap().unwrap().value, "1");
}

#[tokio::test]
async fn of_many_who_create_one_succeeds() {
    let store = Store::in_memory().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..50 {
        let store = store.clone();
        tasks.spawn(async move {
            let absent = Compare { key: "a".into(), operator: Operator::Equal, target: Target::Version(0) };
            let txn = Txn { compares: vec![absent], success: vec![put("a", &writer.to_string())], failure: vec![] };
            store.txn(txn).await.unwrap().succeeded
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|succeeded| *succeeded).count(), 1);
}

#[tokio::test]
async fn the_past_can_be_read() {
    let store = Store::in_memory().unwrap();
    done(&store, [put("a", "1"), put("b", "1")]).await;
    done(&store, [put("b", "2"), put("c", "2")]).await;
    done(&store, [delete("a")]).await;
    let check = |revision, limit, expected: &str, more: bool| {
        let result = range(&store, revision, limit).unwrap();
        assert_eq!((words(&result.kvs).as_str(), result.more), (expected, more), "{revision:?} {limit:?}");
        assert_eq!(result.revision, 4);
    };
    check(Some(1), None, "", false);
    check(Some(2), None, "a=1 b=1", false);
    check(Some(3), None, "a=1 b=2 c=2", false);
    check(Some(3), Some(2), "a=1 b=2", true);
    check(Some(3), Some(3), "a=1 b=2 c=2", false);
    check(None, None, "b=2 c=2", false);
    check(None, Some(1), "b=2", true);
    check(None, Some(2), "b=2 c=2", false);
    assert_eq!(range(&store, Some(5), None), Err(Error::FutureRevision { asked: 5, current: 4 }));
}

#[tokio::test]
async fn compaction_forgets_the_past_and_keeps_the_present() {
    let store = Store::in_memory().unwrap();
    done(&store, [put("a", "1"), put("b", "1")]).await;
    done(&store, [put("a", "2")]).await;
    done(&store, [delete("b")]).await;
    done(&store, [put("a", "3")]).await;
    store.compact(4).await.unwrap();
    assert_eq!(range(&store, Some(3), None), Err(Error::Compacted { asked: 3, oldest: 4 }));
    assert_eq!(words(&range(&store, Some(4), None).unwrap().kvs), "a=2");
    assert_eq!(words(&range(&store, None, None).unwrap().kvs), "a=3");
    assert_eq!(store.compact(4).await, Err(Error::Compacted { asked: 4, oldest: 4 }));
    assert_eq!(store.compact(9).await, Err(Error::FutureRevision { asked: 9, current: 5 }));
    let late = store.watch(KeyRange::prefix(""), Some(3));
    assert_eq!(late.err(), Some(Error::Compacted { asked: 3, oldest: 4 }));
    let mut watch = store.watch(KeyRange::prefix(""), Some(5)).unwrap();
    assert_eq!(told(&common::next(&mut watch).await.unwrap()), "5+a=3");
}

#[tokio::test]
async fn a_watch_tells_the_past_then_the_present() {
    let store = Store::in_memory().unwrap();
    done(&store, [put("x/a", "1"), put("y", "1")]).await;
    let mut watch = store.watch(KeyRange::prefix("x/"), Some(2)).unwrap();
    assert_eq!(told(&common::next(&mut watch).await.unwrap()), "2+x/a=1");
    done(&store, [put("y", "2")]).await;
    done(&store, [put("x/b", "3"), delete("x/a")]).await;
    let events = common::next(&mut watch).await.unwrap();
    assert_eq!(told(&events), "4+x/b=3 4-x/a=");
    assert_eq!(events[0].prev, None);
    assert_eq!(words(&[events[1].prev.clone().unwrap()]), "x/a=1");
}

#[tokio::test]
async fn a_watch_of_the_future_begins_there() {
    let store = Store::in_memory().unwrap();
    let mut watch = store.watch(KeyRange::prefix(""), Some(3)).unwrap();
    let (told_of, ()) = tokio::join!(common::next(&mut watch), async {
        done(&store, [put("a", "2")]).await;
        done(&store, [put("a", "3")]).await;
    });
    assert_eq!(told(&told_of.unwrap()), "3+a=3");
}

/// Far more changes than a watch may be behind: it is cut, reads the file, and still misses and repeats nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_watch_misses_nothing() {
    const CHANGES: u64 = 3000;
    let store = Store::in_memory().unwrap();
    let mut watch = store.watch(KeyRange::prefix("a"), None).unwrap();
    let change = async |number: u64| done(&store, [put(&format!("a{}", number % 7), &number.to_string())]).await;
    // The first is told live: from then on the watch follows the commits.
    let (first, _) = tokio::join!(common::next(&mut watch), change(0));
    assert_eq!(told(&first.unwrap()), "2+a0=0");
    for number in 1..CHANGES {
        change(number).await;
    }
    let mut next = 3;
    while next <= CHANGES + 1 {
        for event in common::next(&mut watch).await.unwrap() {
            assert_eq!(event.kv.mod_revision, next);
            next += 1;
        }
    }
}

#[tokio::test]
async fn what_is_too_large_or_ambiguous_changes_nothing() {
    let store = Store::in_memory().unwrap();
    let check = async |ops: Vec<Op>, expected: Error| {
        let refused = store.txn(Txn { success: ops, ..Txn::default() }).await;
        assert_eq!(refused, Err(expected));
    };
    check(vec![put("a", "1"), delete("a")], Error::DuplicateKey).await;
    let long = "v".repeat((3 << 19) + 1);
    let too_large = Error::TooLarge { what: "a value (bytes)", size: long.len(), limit: 3 << 19 };
    check(vec![put("b", "1"), put("a", &long)], too_large).await;
    let half = "v".repeat(1 << 20);
    let heavy = Error::TooLarge { what: "a transaction (bytes)", size: (2 << 20) + 2, limit: 2 << 20 };
    check(vec![put("a", &half), put("b", &half)], heavy).await;
    let many = (0..129).map(|key| put(&key.to_string(), "")).collect();
    check(many, Error::TooLarge { what: "a transaction (steps)", size: 129, limit: 128 }).await;
    assert_eq!(store.revision(), 1);
}

#[tokio::test]
async fn a_watch_tells_everything_and_then_that_the_store_is_closed() {
    let store = Store::in_memory().unwrap();
    let mut watch = store.watch(KeyRange::prefix("a"), None).unwrap();
    let mut idle = store.watch(KeyRange::prefix("b"), None).unwrap();
    let (first, _) = tokio::join!(common::next(&mut watch), done(&store, [put("a", "1")]));
    assert_eq!(told(&first.unwrap()), "2+a=1");
    done(&store, [put("a", "2")]).await;
    let (end, ()) = tokio::join!(common::next(&mut idle), async { drop(store) });
    assert_eq!(end, Err(Error::Closed));
    assert_eq!(told(&common::next(&mut watch).await.unwrap()), "3+a=2");
    assert_eq!(common::next(&mut watch).await, Err(Error::Closed));
}
