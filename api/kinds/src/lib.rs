//! What no schema can say about each Kubernetes kind: its names, subresources, printed columns, validation and
//! the rules of its updates. One kind, one file, one row.
//!
//! Objects are [`serde_json::Value`]s that have been decoded and defaulted already. The functions are pure.

use std::sync::LazyLock;

pub mod columns;
mod cron;
mod field_error;
mod fields;
mod kind;
pub mod pod_spec;
pub mod quantity;
mod strategy;
mod validation;
mod workload;

mod admissionregistration;
mod apiextensions;
mod apiregistration;
mod apps;
mod authentication;
mod authorization;
mod autoscaling;
mod batch;
mod certificates;
mod coordination;
mod core;
mod discovery;
mod events;
mod flowcontrol;
mod networking;
mod node;
mod policy;
mod rbac;
mod resource;
mod scheduling;
mod storage;

pub use field_error::{FieldError, Reason};
pub use kind::{Column, Kind, NameRule, Storage, Subresource, SubresourceRules};
pub use validation::{metadata, names};

/// The rows of every group, in the order in which discovery lists the groups.
const GROUPS: &[&[&Kind]] = &[
    core::KINDS,
    apiregistration::KINDS,
    apps::KINDS,
    events::KINDS,
    authentication::KINDS,
    authorization::KINDS,
    autoscaling::KINDS,
    batch::KINDS,
    certificates::KINDS,
    networking::KINDS,
    policy::KINDS,
    rbac::KINDS,
    storage::KINDS,
    admissionregistration::KINDS,
    apiextensions::KINDS,
    scheduling::KINDS,
    coordination::KINDS,
    node::KINDS,
    discovery::KINDS,
    resource::KINDS,
    flowcontrol::KINDS,
];

/// Every kind that an API server of Kubernetes 1.36 serves by default, in the order of discovery.
#[must_use]
pub fn all() -> &'static [&'static Kind] {
    static ALL: LazyLock<Vec<&'static Kind>> = LazyLock::new(|| GROUPS.concat());
    &ALL
}

/// The row of a resource, by its group (empty for the core group), version and plural name.
#[must_use]
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    all().iter().copied().find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}
