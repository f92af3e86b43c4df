//! The commands that people type, a file each.

pub mod doctor;
pub mod down;
pub mod env;
pub mod status;
pub mod token;
pub mod up;

/// Runs a command's work to its end.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
