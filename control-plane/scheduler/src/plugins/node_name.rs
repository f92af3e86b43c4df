//! Pods that name their node.

use k8s_openapi::api::core::v1::Pod;

use super::Refusal;
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, _: &Snapshot) -> Option<Refusal> {
    let wanted = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
    (!wanted.is_empty() && wanted != node.name())
        .then(|| Refusal::for_good("node(s) didn't match the requested node name"))
}
