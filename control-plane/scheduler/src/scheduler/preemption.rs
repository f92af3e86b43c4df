//! Making room for a pod of higher priority.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use super::priority;
use crate::plugins::refusal;
use crate::snapshot::{NodeInfo, Snapshot};

/// The node where the least has to go, and what has to go there; none where nothing helps or the pod does not preempt.
pub fn victims(pod: &Pod, candidates: &[String], snapshot: &Snapshot) -> Option<(String, Vec<Arc<Pod>>)> {
    if never(pod) {
        return None;
    }
    let possible = snapshot.nodes.iter().filter(|node| candidates.contains(&node.name()));
    let mut choices: Vec<(String, Vec<Arc<Pod>>)> =
        possible.filter_map(|node| Some((node.name(), on_node(pod, node, snapshot)?))).collect();
    // Upstream's order: the lowest of the highest priorities, then the lowest sum, then the fewest.
    choices.sort_by_key(|(_, victims)| {
        let highest = victims.iter().map(|pod| priority(pod)).max();
        let sum: i64 = victims.iter().map(|pod| i64::from(priority(pod))).sum();
        (highest, sum, victims.len())
    });
    choices.into_iter().next()
}

/// Why preemption does not help, in upstream's words.
pub fn why_not(pod: &Pod, candidates: &[String], snapshot: &Snapshot) -> String {
    let all = snapshot.nodes.len();
    if all == 0 {
        return "preemption: 0/0 nodes are available: No preemption victims found for incoming pod.".to_owned();
    }
    if never(pod) {
        return "preemption: not eligible due to preemptionPolicy=Never.".to_owned();
    }
    let (without, hopeless) = (candidates.len(), all - candidates.len());
    let mut reasons = Vec::new();
    if without > 0 {
        reasons.push(format!("{without} No preemption victims found for incoming pod"));
    }
    if hopeless > 0 {
        reasons.push(format!("{hopeless} Preemption is not helpful for scheduling"));
    }
    format!("preemption: 0/{all} nodes are available: {}.", reasons.join(", "))
}

fn never(pod: &Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.preemption_policy.as_deref()) == Some("Never")
}

/// The fewest pods of lower priority that have to leave a node.
fn on_node(pod: &Pod, node: &NodeInfo, snapshot: &Snapshot) -> Option<Vec<Arc<Pod>>> {
    let (mut lower, mut staying): (Vec<_>, Vec<_>) =
        node.pods.iter().cloned().partition(|other| priority(other) < priority(pod));
    let fits = |pods: &[Arc<Pod>]| {
        let info = NodeInfo::new(node.node.clone(), pods.to_vec());
        let mut changed = snapshot.clone();
        if let Some(own) = changed.nodes.iter_mut().find(|own| own.name() == node.name()) {
            *own = info.clone();
        }
        refusal(pod, &info, &changed).is_none()
    };
    if lower.is_empty() || !fits(&staying) {
        return None;
    }
    // Those of higher priority are kept first.
    lower.sort_by_key(|other| std::cmp::Reverse(priority(other)));
    let mut victims = Vec::new();
    for candidate in lower {
        staying.push(candidate.clone());
        if !fits(&staying) {
            staying.pop();
            victims.push(candidate);
        }
    }
    (!victims.is_empty()).then_some(victims)
}
