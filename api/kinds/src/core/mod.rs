//! Kinds of the core group.

use serde_json::Value;

use crate::{Kind, columns};

mod binding;
mod component_status;
pub(crate) mod config_map;
mod endpoints;
pub(crate) mod event;
mod limit_range;
mod namespace;
mod node;
mod persistent_volume;
pub(crate) mod persistent_volume_claim;
mod pod;
mod pod_template;
mod replication_controller;
mod resource_quota;
mod secret;
pub(crate) mod service;
mod service_account;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[
    &binding::KIND,
    &component_status::KIND,
    &config_map::KIND,
    &endpoints::KIND,
    &event::KIND,
    &limit_range::KIND,
    &namespace::KIND,
    &node::KIND,
    &persistent_volume::KIND,
    &persistent_volume_claim::KIND,
    &pod::KIND,
    &pod_template::KIND,
    &replication_controller::KIND,
    &resource_quota::KIND,
    &secret::KIND,
    &service::KIND,
    &service_account::KIND,
];

/// The phase of a volume or claim, or that it is going away.
fn phase(object: &Value) -> Value {
    if object["metadata"]["deletionTimestamp"].is_null() {
        columns::text(&object["status"]["phase"]).into()
    } else {
        "Terminating".into()
    }
}

/// The storage class of a volume or claim; an old annotation wins over the field.
fn storage_class(object: &Value) -> String {
    let old = &object["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"];
    columns::text(if old.is_null() { &object["spec"]["storageClassName"] } else { old })
}
