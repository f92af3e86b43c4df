//! Nodes that are cordoned.

use k8s_openapi::api::core::v1::{Pod, Taint};

use super::{Refusal, taint_toleration};
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, _: &Snapshot) -> Option<Refusal> {
    let cordoned = node.node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
    let taint = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    };
    (cordoned && !taint_toleration::tolerated(pod, &taint)).then(|| Refusal::for_good("node(s) were unschedulable"))
}
