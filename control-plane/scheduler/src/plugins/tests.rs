use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::{Value, json};

use super::{Outcome, choose};
use crate::snapshot::{NodeInfo, Snapshot};

fn node(name: &str, zone: &str, spec: Value, pods: &[Value]) -> NodeInfo {
    let node: Node = serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, "disk": if name == "a" { "ssd" } else { "hdd" },
        }},
        "spec": spec,
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"}},
    }))
    .unwrap();
    NodeInfo::new(Arc::new(node), pods.iter().map(|one| Arc::new(pod(one))).collect())
}

fn pod(spec: &Value) -> Pod {
    let labels = spec["labels"].clone();
    serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "default", "labels": labels}, "spec": spec}))
        .unwrap()
}

fn asks(cpu: &str, more: Value) -> Value {
    let mut spec =
        json!({"labels": {"app": "web"}, "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]});
    if let (Some(spec), Some(more)) = (spec.as_object_mut(), more.as_object()) {
        spec.extend(more.clone());
    }
    spec
}

fn check(nodes: Vec<NodeInfo>, spec: &Value, expected: &str) {
    let snapshot = Snapshot { nodes, ..Snapshot::default() };
    let found = match choose(&pod(spec), &snapshot) {
        Outcome::Node(name) => name,
        Outcome::None { message, .. } => message,
    };
    assert_eq!(found, expected, "{spec}");
}

fn two(first: Value, second: Value) -> Vec<NodeInfo> {
    vec![node("a", "z1", first, &[]), node("b", "z2", second, &[])]
}

#[test]
fn a_pod_goes_where_there_is_room() {
    let busy = || vec![node("a", "z1", json!({}), &[asks("1500m", json!({}))]), node("b", "z2", json!({}), &[])];
    check(busy(), &asks("1", json!({})), "b");
    check(busy(), &asks("3", json!({})), "0/2 nodes are available: 2 Insufficient cpu.");
    check(vec![], &asks("1", json!({})), "no nodes available to schedule pods");
}

#[test]
fn taints_and_cordons_keep_pods_away() {
    let tainted = json!({"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]});
    check(two(tainted.clone(), json!({})), &asks("1", json!({})), "b");
    check(
        two(tainted.clone(), json!({"unschedulable": true})),
        &asks("1", json!({})),
        "0/2 nodes are available: 1 node(s) had untolerated taint {k: v}, 1 node(s) were unschedulable.",
    );
    let tolerant = json!({"tolerations": [{"key": "k", "operator": "Equal", "value": "v"}]});
    check(two(tainted, json!({"unschedulable": true})), &asks("1", tolerant), "a");
}

#[test]
fn selectors_and_affinity_choose_nodes() {
    check(two(json!({}), json!({})), &asks("1", json!({"nodeSelector": {"disk": "hdd"}})), "b");
    check(
        two(json!({}), json!({})),
        &asks("1", json!({"nodeSelector": {"disk": "tape"}})),
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
    );
    let preferred = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 10, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["hdd"]}]}}]}}});
    check(two(json!({}), json!({})), &asks("1", preferred), "b");
}

#[test]
fn pods_spread() {
    let constraint = json!({"topologySpreadConstraints": [{
        "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}}}]});
    let nodes = || vec![node("a", "z1", json!({}), &[asks("0", json!({}))]), node("b", "z2", json!({}), &[])];
    check(nodes(), &asks("1", constraint.clone()), "b");
    let mut only_a = constraint;
    only_a["nodeSelector"] = json!({"disk": "ssd"});
    check(nodes(), &asks("1", only_a), "a");
}

#[test]
fn pods_are_near_or_far() {
    let term = json!({"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "topology.kubernetes.io/zone"});
    let nodes = || vec![node("a", "z1", json!({}), &[asks("1", json!({}))]), node("b", "z2", json!({}), &[])];
    let anti = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}});
    check(nodes(), &asks("100m", anti.clone()), "b");
    let near = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}});
    check(nodes(), &asks("100m", near.clone()), "a");
    // The first of a group that wants to be together may start it.
    check(two(json!({}), json!({})), &asks("100m", near), "a");
    let guarded = vec![node("a", "z1", json!({}), &[asks("1", anti)]), node("b", "z2", json!({}), &[])];
    check(guarded, &asks("100m", json!({})), "b");
}

#[test]
fn ports_of_the_host_are_given_once() {
    let port = json!({"containers": [{"name": "c", "ports": [{"containerPort": 80, "hostPort": 80}]}]});
    let nodes = vec![node("a", "z1", json!({}), std::slice::from_ref(&port))];
    check(nodes, &port, "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.");
}
