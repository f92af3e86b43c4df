//! A process that writes is killed at any instant: whatever it acknowledged is there afterwards.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use reks_store::{KeyRange, Op, RangeRequest, Txn};

const FILE: &str = "REKS_STORE_TEST_FILE";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the writer that `nothing_acknowledged_is_lost` starts and kills"]
async fn writes_until_killed() {
    let file = std::env::var_os(FILE).expect("the store's file, in the environment");
    let store = common::open_when_free(file.as_ref());
    let first = store.revision();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0.. {
                let key = format!("{first}/{writer}/{number}");
                let op = Op::Put { key: key.clone().into(), value: vec![7; 1000].into() };
                store.txn(Txn { success: vec![op], ..Txn::default() }).await.unwrap();
                // One write, so that lines of several writers do not mix.
                std::io::stdout().write_all(format!("acknowledged {key}\n").as_bytes()).unwrap();
            }
        });
    }
    writers.join_all().await;
}

#[test]
fn nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    let mut acknowledged = Vec::new();
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "writes_until_killed"])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let enough = acknowledged.len() + 300 * round;
        // What was written to the pipe before the kill is still read after it.
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            acknowledged.extend(line.strip_prefix("acknowledged ").map(str::to_owned));
            if acknowledged.len() == enough {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged.len() >= enough, "the writer ended by itself");
        let store = common::open_when_free(&file);
        let lost = acknowledged.iter().filter(|key| store.get(key.as_bytes()).unwrap().is_none()).count();
        assert_eq!(lost, 0, "of {} acknowledged writes", acknowledged.len());
        let all = RangeRequest { keys: KeyRange::prefix(""), revision: None, limit: None };
        assert_eq!(store.range(&all).unwrap().kvs.len() as u64 + 1, store.revision(), "a change is half there");
    }
}
