//! Spreading pods over zones, nodes and other domains.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Pod, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::ResourceExt;

use super::{Refusal, node_affinity, normalized, taint_toleration};
use crate::selectors::labels_fit;
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, snapshot: &Snapshot) -> Option<Refusal> {
    for constraint in constraints(pod).filter(|one| one.when_unsatisfiable == "DoNotSchedule") {
        let Some(domain) = node.labels().get(&constraint.topology_key) else {
            let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
            return Some(Refusal::for_good(reason));
        };
        let counts = counts(pod, constraint, snapshot);
        let domains = i32::try_from(counts.len()).unwrap_or(i32::MAX);
        let least = if constraint.min_domains.is_some_and(|wanted| domains < wanted) {
            0
        } else {
            counts.values().copied().min().unwrap_or(0)
        };
        let own = i32::from(labels_fit(selector(pod, constraint).as_ref(), pod.labels()));
        let here = counts.get(domain).copied().unwrap_or(0);
        if here + own - least > constraint.max_skew {
            return Some(Refusal::for_now(vec!["node(s) didn't match pod topology spread constraints".to_owned()]));
        }
    }
    None
}

/// Fewer pods like this one in the node's domains are better. A pod that says nothing spreads over nodes and zones with those
/// that the same controller made.
pub fn score(pod: &Pod, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Vec<i64> {
    let soft: Vec<TopologySpreadConstraint> =
        constraints(pod).filter(|one| one.when_unsatisfiable == "ScheduleAnyway").cloned().collect();
    if !soft.is_empty() {
        let counts: Vec<BTreeMap<String, i32>> = soft.iter().map(|one| counts(pod, one, snapshot)).collect();
        let points = |node: &&NodeInfo| {
            let of = |(constraint, counts): (&TopologySpreadConstraint, &BTreeMap<String, i32>)| {
                node.labels().get(&constraint.topology_key).and_then(|domain| counts.get(domain)).copied().unwrap_or(0)
            };
            soft.iter().zip(&counts).map(|pair| i64::from(of(pair))).sum()
        };
        return normalized(nodes.iter().map(points).collect(), true);
    }
    let Some(owner) = controller(pod) else { return vec![0; nodes.len()] };
    let siblings = |node: &NodeInfo| {
        let same = |one: &Pod| one.namespace() == pod.namespace() && controller(one) == Some(owner);
        i64::try_from(node.pods.iter().filter(|one| same(one)).count()).unwrap_or(0)
    };
    let zone = |node: &NodeInfo| node.labels().get("topology.kubernetes.io/zone").cloned();
    let in_zone =
        |name: &Option<String>| snapshot.nodes.iter().filter(|node| zone(node) == *name).map(siblings).sum::<i64>();
    // Nodes are weighed a little more than zones, as upstream's defaults do.
    let points = |node: &&NodeInfo| 3 * siblings(node) + 2 * in_zone(&zone(node));
    normalized(nodes.iter().map(points).collect(), true)
}

fn constraints(pod: &Pod) -> impl Iterator<Item = &TopologySpreadConstraint> {
    pod.spec.iter().flat_map(|spec| spec.topology_spread_constraints.iter().flatten())
}

fn controller(pod: &Pod) -> Option<&str> {
    pod.owner_references().iter().find(|owner| owner.controller == Some(true)).map(|owner| owner.uid.as_str())
}

/// The constraint's selector with the pod's own values of `matchLabelKeys`.
fn selector(pod: &Pod, constraint: &TopologySpreadConstraint) -> Option<LabelSelector> {
    let mut selector = constraint.label_selector.clone()?;
    for key in constraint.match_label_keys.iter().flatten() {
        if let Some(value) = pod.labels().get(key) {
            selector.match_labels.get_or_insert_default().insert(key.clone(), value.clone());
        }
    }
    Some(selector)
}

/// Pods that fit the constraint's selector, by domain, over the nodes that count.
fn counts(pod: &Pod, constraint: &TopologySpreadConstraint, snapshot: &Snapshot) -> BTreeMap<String, i32> {
    let selector = selector(pod, constraint);
    let keys: BTreeSet<&String> = constraints(pod).map(|one| &one.topology_key).collect();
    let honors_taints = constraint.node_taints_policy.as_deref() == Some("Honor");
    let ignores_affinity = constraint.node_affinity_policy.as_deref() == Some("Ignore");
    let mut counts = BTreeMap::new();
    for node in &snapshot.nodes {
        let tolerated = !honors_taints || taint_toleration::filter(pod, node, snapshot).is_none();
        let eligible = ignores_affinity || node_affinity::fits(pod, node);
        if !tolerated || !eligible || !keys.iter().all(|key| node.labels().contains_key(*key)) {
            continue;
        }
        let Some(domain) = node.labels().get(&constraint.topology_key) else { continue };
        let fits = |one: &Pod| {
            one.namespace() == pod.namespace()
                && one.metadata.deletion_timestamp.is_none()
                && labels_fit(selector.as_ref(), one.labels())
        };
        let here = i32::try_from(node.pods.iter().filter(|one| fits(one)).count()).unwrap_or(i32::MAX);
        *counts.entry(domain.clone()).or_insert(0) += here;
    }
    counts
}
