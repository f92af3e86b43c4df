//! The rules: filters say which nodes could take a pod, scores which should. A rule is a file and a row.

mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources;
mod node_unschedulable;
mod pod_topology_spread;
mod taint_toleration;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;

use crate::snapshot::{NodeInfo, Snapshot};

/// Why a node cannot take a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In upstream's words, counted over nodes.
    pub reasons: Vec<String>,
    /// Whether the pod could go there if other pods left.
    pub preemptible: bool,
}

impl Refusal {
    /// A refusal that no other pod's leaving changes.
    pub(crate) fn for_good(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], preemptible: false }
    }

    /// A refusal that others' leaving may change.
    pub(crate) fn for_now(reasons: Vec<String>) -> Self {
        Self { reasons, preemptible: true }
    }
}

type Filter = fn(&Pod, &NodeInfo, &Snapshot) -> Option<Refusal>;
/// Points of each node, in the order of the nodes; any scale, more is better.
type Score = fn(&Pod, &[&NodeInfo], &Snapshot) -> Vec<i64>;

/// In upstream's order: the first refusal counts.
const FILTERS: &[Filter] = &[
    node_unschedulable::filter,
    node_name::filter,
    taint_toleration::filter,
    node_affinity::filter,
    node_ports::filter,
    node_resources::filter,
    pod_topology_spread::filter,
    inter_pod_affinity::filter,
];

/// Scores and their weights (upstream's defaults).
const SCORES: &[(Score, i64)] = &[
    (taint_toleration::score, 3),
    (node_affinity::score, 2),
    (pod_topology_spread::score, 2),
    (inter_pod_affinity::score, 2),
    (node_resources::least_allocated, 1),
    (node_resources::balanced, 1),
];

/// The most points of one rule.
pub(crate) const MAX_SCORE: i64 = 100;

/// What a look at all nodes came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The node to take.
    Node(String),
    /// None can; why, in upstream's words, and which could if pods left.
    None {
        /// `0/3 nodes are available: …`.
        message: String,
        /// Nodes that preemption may help on.
        preemptible: Vec<String>,
    },
}

/// Why a node cannot take a pod; none if it can.
#[must_use]
pub fn refusal(pod: &Pod, node: &NodeInfo, snapshot: &Snapshot) -> Option<Refusal> {
    FILTERS.iter().find_map(|filter| filter(pod, node, snapshot))
}

/// Chooses a node.
#[must_use]
pub fn choose(pod: &Pod, snapshot: &Snapshot) -> Outcome {
    if snapshot.nodes.is_empty() {
        let message = "no nodes available to schedule pods".to_owned();
        return Outcome::None { message, preemptible: Vec::new() };
    }
    let mut fitting = Vec::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut preemptible = Vec::new();
    for node in &snapshot.nodes {
        match refusal(pod, node, snapshot) {
            None => fitting.push(node),
            Some(refusal) => {
                for reason in refusal.reasons {
                    *reasons.entry(reason).or_insert(0) += 1;
                }
                if refusal.preemptible {
                    preemptible.push(node.name());
                }
            }
        }
    }
    if fitting.is_empty() {
        let mut lines: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        lines.sort();
        let message = format!("0/{} nodes are available: {}.", snapshot.nodes.len(), lines.join(", "));
        return Outcome::None { message, preemptible };
    }
    let mut totals = vec![0; fitting.len()];
    for (score, weight) in SCORES {
        for (total, points) in totals.iter_mut().zip(score(pod, &fitting, snapshot)) {
            *total += points * weight;
        }
    }
    // Of equals the one with the fewest pods, then by name: a choice that can be foretold.
    let best = fitting
        .iter()
        .zip(totals)
        .max_by_key(|(node, total)| (*total, std::cmp::Reverse(node.pods.len()), std::cmp::Reverse(node.name())));
    best.map_or_else(
        || Outcome::None { message: String::new(), preemptible: Vec::new() },
        |(node, _)| Outcome::Node(node.name()),
    )
}

/// Brings points onto the scale from 0 to [`MAX_SCORE`]; `reverse` where fewer is better.
pub(crate) fn normalized(points: Vec<i64>, reverse: bool) -> Vec<i64> {
    let most = points.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return vec![if reverse { MAX_SCORE } else { 0 }; points.len()];
    }
    let scaled = points.into_iter().map(|one| one * MAX_SCORE / most);
    scaled.map(|one| if reverse { MAX_SCORE - one } else { one }).collect()
}

#[cfg(test)]
mod tests;
