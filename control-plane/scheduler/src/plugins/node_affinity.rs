//! Node selectors and node affinity.

use k8s_openapi::api::core::v1::{NodeAffinity, Pod};

use super::{Refusal, normalized};
use crate::selectors::term_fits;
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, _: &Snapshot) -> Option<Refusal> {
    (!fits(pod, node)).then(|| Refusal::for_good("node(s) didn't match Pod's node affinity/selector"))
}

/// Whether a node is among those that a pod can be on at all.
pub fn fits(pod: &Pod, node: &NodeInfo) -> bool {
    let selector = pod.spec.iter().flat_map(|spec| spec.node_selector.iter().flatten());
    let mut selector = selector.into_iter();
    let labels = selector.all(|(key, value)| node.labels().get(key) == Some(value));
    let required = affinity(pod).and_then(|one| one.required_during_scheduling_ignored_during_execution.as_ref());
    labels
        && required.is_none_or(|required| required.node_selector_terms.iter().any(|term| term_fits(term, &node.node)))
}

/// The weights of the preferred terms that a node fits.
pub fn score(pod: &Pod, nodes: &[&NodeInfo], _: &Snapshot) -> Vec<i64> {
    let preferred = affinity(pod).and_then(|one| one.preferred_during_scheduling_ignored_during_execution.clone());
    let preferred = preferred.unwrap_or_default();
    let points = |node: &&NodeInfo| {
        let fitting = preferred.iter().filter(|term| term_fits(&term.preference, &node.node));
        fitting.map(|term| i64::from(term.weight)).sum()
    };
    normalized(nodes.iter().map(points).collect(), false)
}

fn affinity(pod: &Pod) -> Option<&NodeAffinity> {
    pod.spec.as_ref()?.affinity.as_ref()?.node_affinity.as_ref()
}
