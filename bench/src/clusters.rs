//! Clusters: how soon they are there, and what an idle one costs. Needs root, and says so where it is not.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reks_client::{Aws, Credentials};
use serde_json::{Value, json};

/// Clusters that are made at the end, and how many at a time.
const MANY: usize = 100;
const AT_ONCE: usize = 10;
/// How long an idle cluster is watched.
const IDLE: Duration = Duration::from_secs(20);
/// The kernel's ticks a second (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;
/// How often a cluster's status is asked for.
const POLL: Duration = Duration::from_millis(5);

/// Runs a region of its own, and prints the table.
pub fn run() -> anyhow::Result<()> {
    if !nix::unistd::geteuid().is_root() {
        println!("clusters: skipped, since a region needs root: run `cargo xtask bench` as root");
        return Ok(());
    }
    let reks = std::env::current_exe()?.with_file_name("reks");
    ensure!(reks.exists(), "{} is missing: `cargo xtask bench` builds it", reks.display());
    let folder = tempfile::tempdir()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let command = |word: &[&str]| {
        let mut command = Command::new(&reks);
        command.arg("--home").arg(folder.path()).arg("--listen").arg(format!("127.0.0.1:{port}")).args(word);
        command
    };
    let started = Instant::now();
    ensure!(command(&["up"]).output()?.status.success(), "`reks up` fails");
    let up = started.elapsed();
    let result = measure(folder.path(), up);
    ensure!(command(&["down", "--purge"]).output()?.status.success(), "`reks down --purge` fails");
    result
}

fn measure(folder: &Path, up: Duration) -> anyhow::Result<()> {
    let credentials: Credentials = serde_json::from_slice(&std::fs::read(folder.join("state/credentials.json"))?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let aws = std::sync::Arc::new(Aws { credentials });
        let idle_memory = memory(folder)?;
        let before = ticks(folder)?;
        tokio::time::sleep(IDLE).await;
        let idle_cpu = (ticks(folder)? - before) / TICKS / IDLE.as_secs_f64();
        let demo = aws.eks(http::Method::GET, "/clusters/demo", None).await?.context("there is no cluster demo")?;
        let one = make(&aws, &demo["cluster"], "one").await?;
        let started = Instant::now();
        let places = std::sync::Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..MANY {
            let (aws, demo, places) = (aws.clone(), demo["cluster"].clone(), places.clone());
            tasks.spawn(async move {
                let _place = places.acquire_owned().await?;
                make(&aws, &demo, &format!("many-{number}")).await
            });
        }
        while let Some(made) = tasks.join_next().await {
            made??;
        }
        let many = started.elapsed();
        let all = memory(folder)?;
        let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
        println!("| clusters | measured | bar |");
        println!("|---|---|---|");
        println!("| `reks up`, empty state → cluster answers (no nodes in it) | {:.2} s | |", up.as_secs_f64());
        println!("| CreateCluster called → ACTIVE and ready | {:.2} s | ≤ 1 s |", one.as_secs_f64());
        println!("| resident memory of one idle control plane | {:.1} MB | ≤ 30 MB |", mean(&idle_memory));
        println!(
            "| processor use of one idle cluster, without the region | {:.3} % of a core | ≤ 0.2 % |",
            idle_cpu * 100.0
        );
        println!("| {MANY} clusters, {AT_ONCE} at a time: all ACTIVE | {:.1} s | ≤ 60 s |", many.as_secs_f64());
        println!("| resident memory of one of {} | {:.1} MB | no worse than of one |", all.len(), mean(&all));
        Ok(())
    })
}

/// Makes a cluster like another, and waits until it is active.
async fn make(aws: &Aws, like: &Value, name: &str) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let body = json!({
        "name": name, "roleArn": like["roleArn"],
        "resourcesVpcConfig": {"subnetIds": like["resourcesVpcConfig"]["subnetIds"]},
    });
    aws.eks(http::Method::POST, "/clusters", Some(&body)).await?;
    loop {
        let found =
            aws.eks(http::Method::GET, &format!("/clusters/{name}"), None).await?.context("the cluster is gone")?;
        if found["cluster"]["status"] == "ACTIVE" {
            return Ok(started.elapsed());
        }
        ensure!(started.elapsed() < Duration::from_secs(120), "{name} is not ACTIVE after two minutes");
        tokio::time::sleep(POLL).await;
    }
}

fn processes(folder: &Path) -> anyhow::Result<Vec<i64>> {
    let clusters = std::fs::read_dir(folder.join("run/clusters"))?;
    let pid = |entry: std::fs::DirEntry| {
        let value: Value = serde_json::from_slice(&std::fs::read(entry.path().join("pid")).ok()?).ok()?;
        value["pid"].as_i64()
    };
    Ok(clusters.flatten().filter_map(pid).collect())
}

/// Resident memory of each control plane, in MB, shared pages of the program among it.
fn memory(folder: &Path) -> anyhow::Result<Vec<f64>> {
    let resident = |pid: i64| -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse::<f64>().ok().map(|kib| kib * 1024.0 / 1e6)
    };
    Ok(processes(folder)?.into_iter().filter_map(resident).collect())
}

/// Processor time of all control planes so far, in ticks.
fn ticks(folder: &Path) -> anyhow::Result<f64> {
    let spent = |pid: i64| -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        Some(fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?)
    };
    Ok(processes(folder)?.into_iter().filter_map(spent).sum())
}
