//! Finds a node for each pod: what kube-scheduler does.
//!
//! One pod at a time is matched against a snapshot of the nodes: the filters of `plugins` say which nodes could take it and
//! why the others cannot, the scores which of them should. The choice is written by a binding; until its watch shows it, the
//! scheduler assumes it.

mod plugins;
mod resources;
mod scheduler;
mod selectors;
mod snapshot;

pub use scheduler::run;
