//! Benchmarks: each figure beside the limit that it could reach on the same machine in the same run.

mod store;

fn main() -> anyhow::Result<()> {
    store::run()
}
