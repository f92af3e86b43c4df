//! The agent of one Linux machine: makes real what the region's objects ask for. So far: control planes, each a process in
//! its own network namespace under its own user.
//!
//! Processes outlive the agent. It finds them again by what it wrote down, and restarts what has died.

mod control_plane;
mod places;
mod process;

pub use control_plane::{Agent, TokenServer};
pub use places::Places;
pub use process::Process;
