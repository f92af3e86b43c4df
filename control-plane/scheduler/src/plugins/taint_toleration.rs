//! Taints and tolerations.

use k8s_openapi::api::core::v1::{Pod, Taint, Toleration};

use super::{Refusal, normalized};
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, _: &Snapshot) -> Option<Refusal> {
    let forbids = |taint: &&Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
    let taint = taints(node).filter(forbids).find(|taint| !tolerated(pod, taint))?;
    let value = taint.value.as_deref().unwrap_or_default();
    Some(Refusal::for_good(format!("node(s) had untolerated taint {{{}: {value}}}", taint.key)))
}

/// Fewer taints that would rather not have the pod are better.
pub fn score(pod: &Pod, nodes: &[&NodeInfo], _: &Snapshot) -> Vec<i64> {
    let unwelcome = |taint: &&Taint| taint.effect == "PreferNoSchedule" && !tolerated(pod, taint);
    let counts = nodes.iter().map(|node| i64::try_from(taints(node).filter(unwelcome).count()).unwrap_or(0));
    normalized(counts.collect(), true)
}

fn taints(node: &NodeInfo) -> impl Iterator<Item = &Taint> {
    node.node.spec.iter().flat_map(|spec| spec.taints.iter().flatten())
}

/// Whether a pod tolerates a taint.
pub fn tolerated(pod: &Pod, taint: &Taint) -> bool {
    let mut all = pod.spec.iter().flat_map(|spec| spec.tolerations.iter().flatten());
    all.any(|toleration| tolerates(toleration, taint))
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (key, effect) = (text(&toleration.key), text(&toleration.effect));
    let exists = toleration.operator.as_deref() == Some("Exists");
    (effect.is_empty() || effect == taint.effect)
        && (if key.is_empty() { exists } else { key == taint.key })
        && (exists || text(&toleration.value) == text(&taint.value))
}
