//! Pods that want to be near others, or far from them.

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm};
use kube::ResourceExt;

use super::{Refusal, normalized};
use crate::selectors::labels_fit;
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, snapshot: &Snapshot) -> Option<Refusal> {
    // What runs already may not want this one.
    for (other_node, other) in running(snapshot) {
        for term in required_anti(other) {
            if same_domain(&term, node, other_node) && term_picks(&term, other, pod, snapshot) {
                let reason = "node(s) didn't satisfy existing pods anti-affinity rules";
                return Some(Refusal::for_now(vec![reason.to_owned()]));
            }
        }
    }
    for term in required_anti(pod) {
        if near(pod, &term, node, snapshot) {
            return Some(Refusal::for_now(vec!["node(s) didn't match pod anti-affinity rules".to_owned()]));
        }
    }
    for term in required(pod) {
        // The first of a group that wants to be together may be anywhere.
        let nobody = !running(snapshot).any(|(_, other)| term_picks(&term, pod, other, snapshot));
        let first = nobody && term_picks(&term, pod, pod, snapshot) && node.labels().contains_key(&term.topology_key);
        if !first && !near(pod, &term, node, snapshot) {
            return Some(Refusal::for_good("node(s) didn't match pod affinity rules"));
        }
    }
    None
}

pub fn score(pod: &Pod, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Vec<i64> {
    let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref());
    let wanted = affinity.and_then(|one| one.pod_affinity.as_ref());
    let wanted = wanted.and_then(|one| one.preferred_during_scheduling_ignored_during_execution.clone());
    let unwanted = affinity.and_then(|one| one.pod_anti_affinity.as_ref());
    let unwanted = unwanted.and_then(|one| one.preferred_during_scheduling_ignored_during_execution.clone());
    let terms: Vec<(PodAffinityTerm, i64)> = wanted
        .into_iter()
        .flatten()
        .map(|term| (term.pod_affinity_term, i64::from(term.weight)))
        .chain(unwanted.into_iter().flatten().map(|term| (term.pod_affinity_term, -i64::from(term.weight))))
        .collect();
    if terms.is_empty() {
        return vec![0; nodes.len()];
    }
    let count = |term: &PodAffinityTerm, node: &NodeInfo| {
        let picked = |(other_node, other): &(&NodeInfo, &Pod)| {
            same_domain(term, node, other_node) && term_picks(term, pod, other, snapshot)
        };
        i64::try_from(running(snapshot).filter(picked).count()).unwrap_or(0)
    };
    let points: Vec<i64> =
        nodes.iter().map(|node| terms.iter().map(|(term, weight)| weight * count(term, node)).sum()).collect();
    let least = points.iter().copied().min().unwrap_or(0);
    normalized(points.into_iter().map(|one| one - least).collect(), false)
}

fn running(snapshot: &Snapshot) -> impl Iterator<Item = (&NodeInfo, &Pod)> {
    snapshot.nodes.iter().flat_map(|node| node.pods.iter().map(move |pod| (node, &**pod)))
}

fn required(pod: &Pod) -> Vec<PodAffinityTerm> {
    let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()?.pod_affinity.as_ref());
    affinity.and_then(|one| one.required_during_scheduling_ignored_during_execution.clone()).unwrap_or_default()
}

fn required_anti(pod: &Pod) -> Vec<PodAffinityTerm> {
    let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()?.pod_anti_affinity.as_ref());
    affinity.and_then(|one| one.required_during_scheduling_ignored_during_execution.clone()).unwrap_or_default()
}

fn same_domain(term: &PodAffinityTerm, one: &NodeInfo, other: &NodeInfo) -> bool {
    let domain = one.labels().get(&term.topology_key);
    domain.is_some() && domain == other.labels().get(&term.topology_key)
}

/// Whether a pod that the term picks runs in the node's domain.
fn near(pod: &Pod, term: &PodAffinityTerm, node: &NodeInfo, snapshot: &Snapshot) -> bool {
    running(snapshot)
        .any(|(other_node, other)| same_domain(term, node, other_node) && term_picks(term, pod, other, snapshot))
}

/// Whether a term of one pod picks another.
fn term_picks(term: &PodAffinityTerm, owner: &Pod, other: &Pod, snapshot: &Snapshot) -> bool {
    let namespace = other.namespace().unwrap_or_default();
    let listed = term.namespaces.iter().flatten().any(|one| *one == namespace);
    let selected = term.namespace_selector.as_ref().is_some_and(|selector| {
        snapshot.namespaces.get(&namespace).is_some_and(|labels| labels_fit(Some(selector), labels))
    });
    let unsaid = term.namespaces.as_ref().is_none_or(Vec::is_empty) && term.namespace_selector.is_none();
    let own = unsaid && Some(namespace.as_str()) == owner.namespace().as_deref();
    let mut selector = term.label_selector.clone();
    if let Some(selector) = &mut selector {
        for key in term.match_label_keys.iter().flatten() {
            if let Some(value) = owner.labels().get(key) {
                selector.match_labels.get_or_insert_default().insert(key.clone(), value.clone());
            }
        }
    }
    (listed || selected || own) && labels_fit(selector.as_ref(), other.labels())
}
