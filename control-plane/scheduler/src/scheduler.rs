//! The loop: pods that wait, one look at a time, bindings, and the wait of those that fit nowhere.

mod preemption;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Binding, Namespace, Node, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Patch, PatchParams, PostParams};
use kube::runtime::watcher::Config;
use kube::{Api, Client, ResourceExt};
use reks_controllers::{Informer, Key, Queue, Recorder};
use serde_json::json;

use crate::plugins::{Outcome, choose};
use crate::snapshot::{NodeInfo, Snapshot};

/// The scheduler that pods name which name none.
const NAME: &str = "default-scheduler";
/// How long a pod that fits nowhere waits when nothing changes.
const RETRY: Duration = Duration::from_secs(60);

/// Why a look at a pod failed. It is repeated.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The API server refused or did not answer.
    #[error("the API server says: {0}")]
    Api(#[from] kube::Error),
}

#[derive(Clone)]
struct Scheduler {
    client: Client,
    pods: Informer<Pod>,
    nodes: Informer<Node>,
    namespaces: Informer<Namespace>,
    recorder: Recorder,
}

/// Schedules pods until the future is dropped.
pub async fn run(client: Client) {
    let scheduler = Scheduler {
        pods: Informer::start(client.clone(), Config::default()),
        nodes: Informer::start(client.clone(), Config::default()),
        namespaces: Informer::start(client.clone(), Config::default()),
        recorder: Recorder::new(client.clone(), NAME),
        client,
    };
    tokio::join!(scheduler.pods.synced(), scheduler.nodes.synced(), scheduler.namespaces.synced());
    let queue = Queue::default();
    let (own, all) = (queue.clone(), scheduler.pods.clone());
    scheduler.pods.listen(move |before, after| {
        if let Some(pod) = after.filter(|pod| is_waiting(pod)) {
            own.add(Key::of(&**pod));
        }
        // One that leaves makes room.
        let left = before.is_some_and(|pod| is_placed(pod)) && after.is_none_or(|pod| !is_placed(pod));
        if left {
            wake(&own, &all);
        }
    });
    let (own, all) = (queue.clone(), scheduler.pods.clone());
    scheduler.nodes.listen(move |before, after| {
        if before.zip(after).is_none_or(|(before, after)| matters(before, after)) {
            wake(&own, &all);
        }
    });
    let again = queue.clone();
    // One worker: each decision sees the ones before it.
    queue
        .run("scheduler", 1, move |key| {
            let (scheduler, again) = (scheduler.clone(), again.clone());
            async move { scheduler.look(&again, key).await }
        })
        .await;
}

fn wake(queue: &Queue<Key>, pods: &Informer<Pod>) {
    for pod in pods.select(is_waiting) {
        queue.add(Key::of(&*pod));
    }
}

/// Whether a change of a node may let it take pods that it did not take before.
fn matters(before: &Node, after: &Node) -> bool {
    let allocatable = |node: &Node| node.status.as_ref().and_then(|status| status.allocatable.clone());
    before.spec != after.spec
        || before.metadata.labels != after.metadata.labels
        || allocatable(before) != allocatable(after)
}

fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|node| !node.is_empty())
}

fn has_ended(pod: &Pod) -> bool {
    matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
}

/// Whether a pod takes room on a node.
fn is_placed(pod: &Pod) -> bool {
    node_of(pod).is_some() && !has_ended(pod)
}

/// Whether a pod waits for this scheduler.
fn is_waiting(pod: &Pod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    node_of(pod).is_none()
        && !has_ended(pod)
        && pod.metadata.deletion_timestamp.is_none()
        && spec.scheduling_gates.as_ref().is_none_or(Vec::is_empty)
        && spec.scheduler_name.as_deref().unwrap_or(NAME) == NAME
}

fn priority(pod: &Pod) -> i32 {
    pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0)
}

impl Scheduler {
    async fn look(&self, again: &Queue<Key>, key: Key) -> Result<(), Error> {
        let Some(pod) = self.pods.get(&key).filter(|pod| is_waiting(pod)) else { return Ok(()) };
        // Those of higher priority go first, however long others have waited.
        if let Some(first) = self.pods.select(is_waiting).into_iter().find(|other| priority(other) > priority(&pod))
            && !is_known_unschedulable(&first)
        {
            again.add(Key::of(&*first));
            again.add(key);
            tokio::task::yield_now().await;
            return Ok(());
        }
        let snapshot = self.snapshot();
        match choose(&pod, &snapshot) {
            Outcome::Node(node) => self.bind(&pod, &node).await,
            Outcome::None { message, preemptible } => {
                let victims = preemption::victims(&pod, &preemptible, &snapshot);
                let message = match &victims {
                    Some(_) => message,
                    None => format!("{message} {}", preemption::why_not(&pod, &preemptible, &snapshot)),
                };
                self.refuse(&pod, &message).await?;
                if let Some((node, victims)) = victims {
                    self.preempt(&pod, &node, &victims).await?;
                }
                again.add_after(key, RETRY);
                Ok(())
            }
        }
    }

    fn snapshot(&self) -> Snapshot {
        let mut placed: HashMap<String, Vec<Arc<Pod>>> = HashMap::new();
        for pod in self.pods.select(is_placed) {
            if let Some(node) = node_of(&pod) {
                placed.entry(node.to_owned()).or_default().push(pod.clone());
            }
        }
        let mut nodes: Vec<NodeInfo> = self
            .nodes
            .select(|_| true)
            .into_iter()
            .map(|node| {
                let pods = placed.remove(&node.name_any()).unwrap_or_default();
                NodeInfo::new(node, pods)
            })
            .collect();
        nodes.sort_by_key(NodeInfo::name);
        let labels = |one: &Arc<Namespace>| (one.name_any(), one.labels().clone());
        let namespaces: BTreeMap<_, _> = self.namespaces.select(|_| true).iter().map(labels).collect();
        Snapshot { nodes, namespaces }
    }

    async fn bind(&self, pod: &Arc<Pod>, node: &str) -> Result<(), Error> {
        let namespace = pod.namespace().unwrap_or_default();
        let binding = Binding {
            metadata: ObjectMeta {
                name: pod.metadata.name.clone(),
                namespace: pod.metadata.namespace.clone(),
                uid: pod.metadata.uid.clone(),
                ..ObjectMeta::default()
            },
            target: ObjectReference {
                kind: Some("Node".to_owned()),
                name: Some(node.to_owned()),
                ..ObjectReference::default()
            },
        };
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
        match api
            .create_subresource::<_, serde_json::Value>("binding", &pod.name_any(), &PostParams::default(), &binding)
            .await
        {
            Ok(_) => {}
            // It is gone, or has a node already: its change wakes whoever has to know.
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let message = format!("Successfully assigned {namespace}/{} to {node}", pod.name_any());
        self.recorder.normal(&**pod, "Scheduled", message).await;
        // The next decision must know of this one.
        self.pods.until(&Key::of(&**pod), |now| now.is_none_or(|now| node_of(now).is_some())).await;
        Ok(())
    }

    /// Says why a pod has no node, once.
    async fn refuse(&self, pod: &Arc<Pod>, message: &str) -> Result<(), Error> {
        let conditions = pod.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
        let same = conditions
            .iter()
            .any(|one| one.type_ == "PodScheduled" && one.status == "False" && one.message.as_deref() == Some(message));
        if same {
            return Ok(());
        }
        self.recorder.warning(&**pod, "FailedScheduling", message.to_owned()).await;
        let condition = json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastTransitionTime": Time(Timestamp::now()),
        });
        let patch = Patch::Strategic(json!({"status": {"conditions": [condition]}}));
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &pod.namespace().unwrap_or_default());
        match api.patch_status(&pod.name_any(), &PatchParams::default(), &patch).await {
            Ok(written) => self.pods.saw(&written).await,
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn preempt(&self, pod: &Arc<Pod>, node: &str, victims: &[Arc<Pod>]) -> Result<(), Error> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &pod.namespace().unwrap_or_default());
        let patch = Patch::Merge(json!({"status": {"nominatedNodeName": node}}));
        match api.patch_status(&pod.name_any(), &PatchParams::default(), &patch).await {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        for victim in victims {
            let message = format!("Preempted by pod {} on node {node}", pod.uid().unwrap_or_default());
            self.recorder.normal(&**victim, "Preempted", message).await;
            let api: Api<Pod> = Api::namespaced(self.client.clone(), &victim.namespace().unwrap_or_default());
            match api.delete(&victim.name_any(), &kube::api::DeleteParams::default()).await {
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => return Err(error.into()),
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

fn is_known_unschedulable(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| all.iter().any(|one| one.type_ == "PodScheduled" && one.status == "False"))
}
