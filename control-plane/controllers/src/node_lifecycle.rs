//! Nodes that do not answer, or say that they are not ready: taints for them, and a new home for their pods.

mod eviction;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, NodeCondition, Pod, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Patch, PatchParams};
use kube::runtime::watcher::Config;
use kube::{Api, ResourceExt};
use parking_lot::Mutex;
use serde_json::json;

use crate::informer::{Informer, Key};
use crate::queue::Queue;
use crate::{Result, Shared, pods};

/// How often silent nodes are looked for.
const PERIOD: Duration = Duration::from_secs(5);
/// Silence after which a node counts as unreachable (EKS runs with 40 s).
const SILENCE: Duration = Duration::from_secs(40);
const LEASES: &str = "kube-node-lease";
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// Conditions that, when true, taint a node with NoSchedule.
const PRESSURES: &[(&str, &str)] = &[
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// When a node was last heard of: by its lease, as seen on this machine's clock.
type Heard = Arc<Mutex<HashMap<String, Instant>>>;

/// Runs forever.
pub async fn run(shared: Shared) {
    let leases = Api::namespaced(shared.client.clone(), LEASES);
    let leases: Informer<Lease> = Informer::follow(leases, Config::default());
    leases.synced().await;
    let heard = Heard::default();
    let noted = heard.clone();
    leases.listen(move |before, after| {
        let renewed = |lease: &Lease| lease.spec.as_ref().and_then(|spec| spec.renew_time.clone());
        if let Some(lease) = after
            && before.is_none_or(|before| renewed(before) != renewed(lease))
        {
            noted.lock().insert(lease.name_any(), Instant::now());
        }
    });
    let queue = Queue::default();
    let own = queue.clone();
    shared.nodes.listen(move |before, after| {
        if let Some(node) = after.or(before) {
            own.add(node.name_any());
        }
    });
    let (own, nodes, names) = (queue.clone(), shared.nodes.clone(), heard.clone());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(PERIOD).await;
            let now = Instant::now();
            let mut names = names.lock();
            names.retain(|name, _| nodes.get(&Key::new("", name)).is_some());
            for node in nodes.select(|_| true) {
                let last = *names.entry(node.name_any()).or_insert(now);
                if now.duration_since(last) >= SILENCE {
                    own.add(node.name_any());
                }
            }
        }
    });
    let evicting = eviction::run(shared.clone());
    let looking = queue.run("node-lifecycle", 2, move |name: String| {
        let (shared, heard) = (shared.clone(), heard.clone());
        async move { look(&shared, &heard, &name).await }
    });
    tokio::join!(evicting, looking);
}

async fn look(shared: &Shared, heard: &Heard, name: &str) -> Result<()> {
    let Some(mut node) = shared.nodes.get(&Key::new("", name)) else { return Ok(()) };
    let last = *heard.lock().entry(name.to_owned()).or_insert_with(Instant::now);
    if last.elapsed() >= SILENCE && ready(&node) != "Unknown" {
        let api: Api<Node> = Api::all(shared.client.clone());
        let conditions = unknown_conditions(&node);
        let patch = Patch::Strategic(json!({"status": {"conditions": conditions}}));
        let written = api.patch_status(name, &PatchParams::default(), &patch).await?;
        shared.nodes.saw(&written).await;
        node = Arc::new(written);
    }
    taint(shared, &node).await?;
    if ready(&node) != "True" {
        unready_pods(shared, name).await?;
    }
    Ok(())
}

fn ready(node: &Node) -> &str {
    status_of(node, "Ready").unwrap_or("Unknown")
}

fn status_of<'a>(node: &'a Node, kind: &str) -> Option<&'a str> {
    let conditions = node.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|one| one.type_ == kind).map(|one| one.status.as_str())
}

/// The conditions of a node that does not answer.
fn unknown_conditions(node: &Node) -> Vec<NodeCondition> {
    let now = Time(Timestamp::now());
    let old = node.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
    ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]
        .iter()
        .map(|kind| {
            let before = old.iter().find(|one| one.type_ == *kind);
            NodeCondition {
                type_: (*kind).to_owned(),
                status: "Unknown".to_owned(),
                reason: Some("NodeStatusUnknown".to_owned()),
                message: Some("Kubelet stopped posting node status.".to_owned()),
                last_heartbeat_time: before.and_then(|one| one.last_heartbeat_time.clone()),
                last_transition_time: Some(now.clone()),
            }
        })
        .collect()
}

/// The taints that a node's conditions call for, in place of those that they called for before.
async fn taint(shared: &Shared, node: &Node) -> Result<()> {
    let old = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    match ready(node) {
        "True" => {}
        "False" => wanted.extend([(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")]),
        _ if status_of(node, "Ready").is_none() => wanted.push((NOT_READY, "NoSchedule")),
        _ => wanted.extend([(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]),
    }
    let pressed = |kind: &&(&str, &str)| status_of(node, kind.0) == Some("True");
    wanted.extend(PRESSURES.iter().filter(pressed).map(|(_, taint)| (*taint, "NoSchedule")));
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    let ours = |key: &str| {
        [NOT_READY, UNREACHABLE, UNSCHEDULABLE].contains(&key) || PRESSURES.iter().any(|(_, taint)| *taint == key)
    };
    let mut new: Vec<Taint> = old
        .iter()
        .filter(|taint| !ours(&taint.key) || wanted.contains(&(taint.key.as_str(), taint.effect.as_str())))
        .cloned()
        .collect();
    for (key, effect) in wanted {
        if !new.iter().any(|taint| taint.key == key && taint.effect == effect) {
            let since = (effect == "NoExecute").then(|| Time(Timestamp::now()));
            new.push(Taint { key: key.to_owned(), effect: effect.to_owned(), value: None, time_added: since });
        }
    }
    if new == old {
        return Ok(());
    }
    let api: Api<Node> = Api::all(shared.client.clone());
    // The version makes sure that no taint that someone else sets meanwhile is lost.
    let patch = json!({"metadata": {"resourceVersion": node.resource_version()}, "spec": {"taints": new}});
    match api.patch(&node.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await {
        Ok(written) => shared.nodes.saw(&written).await,
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The pods of a node that is not ready are not ready either.
async fn unready_pods(shared: &Shared, node: &str) -> Result<()> {
    for pod in shared.pods.select(|pod| pods::node(pod) == Some(node) && pods::is_ready(pod)) {
        let api: Api<Pod> = Api::namespaced(shared.client.clone(), &pod.namespace().unwrap_or_default());
        let condition = json!({
            "type": "Ready", "status": "False", "reason": "NodeNotReady",
            "message": "Node is not ready", "lastTransitionTime": Time(Timestamp::now()),
        });
        let patch = Patch::Strategic(json!({"status": {"conditions": [condition]}}));
        match api.patch_status(&pod.name_any(), &PatchParams::default(), &patch).await {
            Ok(written) => shared.pods.saw(&written).await,
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
