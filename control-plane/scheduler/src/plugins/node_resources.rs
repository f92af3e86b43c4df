//! CPU, memory and whatever else nodes have.

use k8s_openapi::api::core::v1::Pod;

use super::{MAX_SCORE, Refusal};
use crate::resources::{requests, scored_requests};
use crate::snapshot::{NodeInfo, Snapshot};

/// What one pod takes of the resource `pods`, in billionths.
const ONE: i128 = 1_000_000_000;

pub fn filter(pod: &Pod, node: &NodeInfo, _: &Snapshot) -> Option<Refusal> {
    let mut reasons = Vec::new();
    let pods = i128::try_from(node.pods.len()).unwrap_or(i128::MAX / ONE) * ONE;
    if pods + ONE > node.allocatable.get("pods") {
        reasons.push("Too many pods".to_owned());
    }
    for (name, wanted) in &requests(pod).0 {
        if *wanted > 0 && *wanted > node.allocatable.get(name) - node.requested.get(name) {
            reasons.push(format!("Insufficient {name}"));
        }
    }
    (!reasons.is_empty()).then(|| Refusal::for_now(reasons))
}

/// The part of each resource that a pod would leave free.
pub fn least_allocated(pod: &Pod, nodes: &[&NodeInfo], _: &Snapshot) -> Vec<i64> {
    let wanted = scored_requests(pod);
    let points = |node: &&NodeInfo| {
        let parts = ["cpu", "memory"].map(|name| {
            let (all, used) = (node.allocatable.get(name), node.scored.get(name) + wanted.get(name));
            if all == 0 || used > all {
                0
            } else {
                i64::try_from((all - used) * i128::from(MAX_SCORE) / all).unwrap_or(0)
            }
        });
        parts.iter().sum::<i64>() / 2
    };
    nodes.iter().map(points).collect()
}

/// How alike the used parts of CPU and memory would be.
pub fn balanced(pod: &Pod, nodes: &[&NodeInfo], _: &Snapshot) -> Vec<i64> {
    let wanted = requests(pod);
    let points = |node: &&NodeInfo| {
        let [cpu, memory] = ["cpu", "memory"].map(|name| {
            let (all, used) = (node.allocatable.get(name), node.requested.get(name) + wanted.get(name));
            if all == 0 { 1000 } else { i64::try_from(used * 1000 / all).unwrap_or(1000).min(1000) }
        });
        // Half the difference is the standard deviation of two numbers.
        (1000 - (cpu - memory).abs() / 2) * MAX_SCORE / 1000
    };
    nodes.iter().map(points).collect()
}
