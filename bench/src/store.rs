//! The store's writes and reads, beside the rate at which the disk syncs.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use reks_store::{Op, Options, Store, Txn};

/// A ConfigMap of the API server's benchmarks, in bytes.
const VALUE_BYTES: usize = 1024;
/// Connections of the API server's benchmarks.
const WRITERS: usize = 16;
const PUTS_PER_WRITER: usize = 500;
const GETS: usize = 200_000;
const SYNCS: usize = 500;

/// Prints the table.
pub(crate) fn run() -> anyhow::Result<()> {
    // In the build's folder: a temporary folder may be memory, which has nothing to sync.
    let program = std::env::current_exe()?;
    let folder = tempfile::tempdir_in(program.parent().context("the program lies in no folder")?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    println!("{:<44} {:>12} {:>14}", "store", "per second", "CPU per op");

    let mut file = File::create(folder.path().join("plain"))?;
    measure("plain file: 1 KiB and a sync", SYNCS, || {
        for _ in 0..SYNCS {
            file.write_all(&[7; VALUE_BYTES])?;
            file.sync_data()?;
        }
        Ok(())
    })?;

    let store = Store::open(&folder.path().join("store"), Options::default())?;
    measure("put 1 KiB, synced, 1 writer", PUTS_PER_WRITER, || runtime.block_on(puts(store.clone(), usize::MAX)))?;
    measure("put 1 KiB, synced, 16 writers", WRITERS * PUTS_PER_WRITER, || {
        runtime.block_on(async {
            let mut writers = tokio::task::JoinSet::new();
            for writer in 0..WRITERS {
                writers.spawn(puts(store.clone(), writer));
            }
            writers.join_all().await.into_iter().collect()
        })
    })?;
    measure("get 1 KiB, 1 reader", GETS, || {
        for number in 0..GETS {
            let key = key(number % WRITERS, number / WRITERS % PUTS_PER_WRITER);
            anyhow::ensure!(store.get(key.as_bytes())?.is_some(), "{key} is not there");
        }
        Ok(())
    })
}

fn key(writer: usize, number: usize) -> String {
    format!("/registry/configmaps/default/{writer}-{number}")
}

async fn puts(store: Store, writer: usize) -> anyhow::Result<()> {
    for number in 0..PUTS_PER_WRITER {
        let op = Op::Put { key: key(writer, number).into(), value: vec![7; VALUE_BYTES].into() };
        store.txn(Txn { success: vec![op], ..Txn::default() }).await?;
    }
    Ok(())
}

fn measure(name: &str, operations: usize, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let (started, cpu) = (Instant::now(), processor_time()?);
    work()?;
    let (took, cpu) = (started.elapsed(), processor_time()? - cpu);
    let per_second = operations as f64 / took.as_secs_f64();
    let micros = cpu.as_secs_f64() * 1e6 / operations as f64;
    println!("{name:<44} {per_second:>12.0} {micros:>11.1} µs");
    Ok(())
}

/// What this process has used so far. proc(5), "/proc/pid/stat": fields 14 and 15, in ticks of 10 ms.
fn processor_time() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').context("/proc/self/stat has no name")?.1;
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}
