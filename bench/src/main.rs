//! Benchmarks: each figure beside the limit that it could reach on the same machine in the same run.

mod clusters;
mod store;

fn main() -> anyhow::Result<()> {
    store::run()?;
    println!();
    clusters::run()
}
