//! Kinds of `apps`.

use serde_json::Value;

use crate::{Kind, columns};

mod controller_revision;
mod daemon_set;
mod deployment;
pub(crate) mod replica_set;
mod stateful_set;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&controller_revision::KIND, &daemon_set::KIND, &deployment::KIND, &replica_set::KIND, &stateful_set::KIND];

/// `2/3`: replicas that are ready, of those that should run.
fn ready_replicas(object: &Value) -> Value {
    let ready = columns::number(&object["status"]["readyReplicas"]);
    format!("{ready}/{}", columns::number(&object["spec"]["replicas"])).into()
}
