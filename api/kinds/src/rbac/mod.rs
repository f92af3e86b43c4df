//! Kinds of `rbac.authorization.k8s.io`.

use serde_json::Value;

use crate::{Kind, columns};

mod cluster_role;
mod cluster_role_binding;
mod role;
mod role_binding;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&cluster_role::KIND, &cluster_role_binding::KIND, &role::KIND, &role_binding::KIND];

/// `ClusterRole/view`: the role that a binding gives.
fn role(binding: &Value) -> String {
    format!("{}/{}", columns::text(&binding["roleRef"]["kind"]), columns::text(&binding["roleRef"]["name"]))
}

/// The subjects of one kind, service accounts with their namespaces.
fn subjects(binding: &Value, kind: &str) -> String {
    let name = |subject: &Value| match kind {
        "ServiceAccount" => format!("{}/{}", columns::text(&subject["namespace"]), columns::text(&subject["name"])),
        _ => columns::text(&subject["name"]),
    };
    let subjects = columns::items(&binding["subjects"]).iter().filter(|subject| subject["kind"] == kind).map(name);
    subjects.collect::<Vec<_>>().join(", ")
}
