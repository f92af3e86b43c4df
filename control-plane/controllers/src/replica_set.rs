//! ReplicaSets: as many pods as asked for.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, ResourceExt};

use crate::events::Recorder;
use crate::informer::Key;
use crate::owners::{controller_of, controller_reference, is_controlled_by, selects};
use crate::queue::Queue;
use crate::{Result, Shared, pods, template};

const WORKERS: usize = 4;
/// Pods made or deleted in one look; the next look does the rest.
const BURST: usize = 500;
/// Requests at once.
const PARALLEL: usize = 16;

/// Runs forever.
pub async fn run(shared: Shared) {
    let queue = Queue::default();
    let own = queue.clone();
    shared.replica_sets.listen(move |before, after| {
        if let Some(set) = after.or(before) {
            own.add(Key::of(&**set));
        }
    });
    let own = queue.clone();
    let sets = shared.replica_sets.clone();
    shared.pods.listen(move |before, after| {
        let Some(pod) = after.or(before) else { return };
        match controller_of(&pod.metadata) {
            Some(owner) if owner.kind == "ReplicaSet" => {
                own.add(Key::new(&pod.namespace().unwrap_or_default(), &owner.name));
            }
            Some(_) => {}
            // An orphan may be adopted.
            None => {
                for set in sets.select(|set| set.namespace() == pod.namespace() && set_selects(set, pod)) {
                    own.add(Key::of(&*set));
                }
            }
        }
    });
    let recorder = Recorder::new(shared.client.clone(), "replicaset-controller");
    let again = queue.clone();
    queue
        .run("replicaset", WORKERS, move |key| {
            let (shared, recorder, again) = (shared.clone(), recorder.clone(), again.clone());
            async move { look(&shared, &recorder, &again, key).await }
        })
        .await;
}

fn set_selects(set: &ReplicaSet, pod: &Pod) -> bool {
    set.spec.as_ref().is_some_and(|spec| selects(&spec.selector, pod.metadata.labels.as_ref()))
}

async fn look(shared: &Shared, recorder: &Recorder, again: &Queue<Key>, key: Key) -> Result<()> {
    let Some(set) = shared.replica_sets.get(&key) else { return Ok(()) };
    let (Some(spec), Some(uid)) = (set.spec.as_ref(), set.uid()) else { return Ok(()) };
    let api: Api<Pod> = Api::namespaced(shared.client.clone(), &key.namespace);
    if set.metadata.deletion_timestamp.is_none() {
        adopt(shared, &set, &uid).await?;
    }
    let own = |pod: &Pod| pod.namespace().as_deref() == Some(&*key.namespace) && is_controlled_by(&pod.metadata, &uid);
    let all = shared.pods.select(own);
    let active: Vec<Arc<Pod>> = all.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
    let wanted = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
    let mut failure = None;
    if set.metadata.deletion_timestamp.is_none() {
        if active.len() < wanted {
            failure = create(shared, &api, recorder, &set, (wanted - active.len()).min(BURST)).await;
        } else if active.len() > wanted {
            delete(shared, &api, recorder, &set, &active, (active.len() - wanted).min(BURST)).await?;
        }
    }
    let active = shared.pods.select(|pod| own(pod) && pods::is_active(pod));
    write_status(shared, &set, &active, failure.as_deref()).await?;
    // A pod becomes available by the passing of time alone.
    let seconds = spec.min_ready_seconds.unwrap_or(0);
    if seconds > 0
        && active.iter().any(|pod| pods::is_ready(pod) && !pods::is_available(pod, seconds, Timestamp::now()))
    {
        again.add_after(key, Duration::from_secs(u64::try_from(seconds).unwrap_or(1)));
    }
    match failure {
        Some(message) => Err(crate::Error::Lacks(message, "pods that it asks for")),
        None => Ok(()),
    }
}

/// Takes in pods that fit the selector and that nobody controls.
async fn adopt(shared: &Shared, set: &Arc<ReplicaSet>, uid: &str) -> Result<()> {
    let orphan = |pod: &Pod| {
        pod.namespace() == set.namespace()
            && pods::is_active(pod)
            && controller_of(&pod.metadata).is_none()
            && set_selects(set, pod)
    };
    for pod in shared.pods.select(orphan) {
        let api: Api<Pod> = Api::namespaced(shared.client.clone(), &pod.namespace().unwrap_or_default());
        let patch = serde_json::json!({"metadata": {
            "uid": pod.uid(), "ownerReferences": [controller_reference(&**set)], "resourceVersion": pod.resource_version(),
        }});
        tracing::debug!(uid, pod = pod.name_any(), "adopts a pod");
        let adopted = api.patch(&pod.name_any(), &Default::default(), &kube::api::Patch::Merge(patch)).await?;
        shared.pods.saw(&adopted).await;
    }
    Ok(())
}

/// Makes pods: one, then twice as many as before, so that what cannot work fails once and not a thousand times.
async fn create(
    shared: &Shared,
    api: &Api<Pod>,
    recorder: &Recorder,
    set: &Arc<ReplicaSet>,
    count: usize,
) -> Option<String> {
    let spec = set.spec.as_ref()?;
    let base = format!("{}-", set.name_any());
    let namespace = set.namespace().unwrap_or_default();
    let template = spec.template.clone().unwrap_or_default();
    let pod = template::pod(&template, &namespace, &base, controller_reference(&**set));
    let (mut made, mut batch) = (0, 1);
    while made < count {
        let batch_now = batch.min(count - made);
        let creations = (0..batch_now).map(|_| {
            let (api, pod) = (api.clone(), pod.clone());
            async move { api.create(&PostParams::default(), &pod).await }
        });
        let results = all(creations.collect()).await;
        for result in results {
            match result {
                Ok(pod) => {
                    recorder.normal(&**set, "SuccessfulCreate", format!("Created pod: {}", pod.name_any())).await;
                    shared.pods.saw_new(&pod).await;
                }
                Err(error) => {
                    let message = match error {
                        kube::Error::Api(status) => status.message.clone(),
                        other => other.to_string(),
                    };
                    recorder.warning(&**set, "FailedCreate", format!("Error creating: {message}")).await;
                    return Some(message);
                }
            }
        }
        made += batch_now;
        batch *= 2;
    }
    None
}

/// Does many requests, a few at once.
async fn all<T, F: Future<Output = T>>(requests: Vec<F>) -> Vec<T> {
    futures::stream::iter(requests).buffer_unordered(PARALLEL).collect().await
}

async fn delete(
    shared: &Shared,
    api: &Api<Pod>,
    recorder: &Recorder,
    set: &Arc<ReplicaSet>,
    active: &[Arc<Pod>],
    count: usize,
) -> Result<()> {
    let mut victims = active.to_vec();
    victims.sort_by_key(|pod| deletion_rank(pod));
    let victims = &victims[..count];
    let deletions = victims.iter().map(|pod| {
        let (api, pod) = (api.clone(), pod.clone());
        async move {
            let result = api.delete(&pod.name_any(), &DeleteParams::default()).await;
            (pod, result)
        }
    });
    let results = all(deletions.collect()).await;
    for (pod, result) in results {
        match result {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
            Ok(_) => recorder.normal(&**set, "SuccessfulDelete", format!("Deleted pod: {}", pod.name_any())).await,
        }
        shared.pods.saw_deleted(&Key::of(&*pod), pod.uid().as_deref()).await;
    }
    Ok(())
}

/// Which pods go first: those without a node, those that do not run, those that are not ready, those with a lower deletion
/// cost, those ready for a shorter time, those that restarted more, the younger ones.
fn deletion_rank(pod: &Pod) -> impl Ord + use<> {
    let restarts = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    let restarts = restarts.map_or(0, |all| all.iter().map(|one| one.restart_count).max().unwrap_or(0));
    let phase = match pods::phase(pod) {
        "Pending" => 0,
        "Running" => 2,
        _ => 1,
    };
    let cost = pod.annotations().get("controller.kubernetes.io/pod-deletion-cost");
    let cost: i32 = cost.and_then(|text| text.parse().ok()).unwrap_or(0);
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    (
        pods::is_assigned(pod),
        phase,
        pods::is_ready(pod),
        cost,
        Reverse(pods::ready_since(pod)),
        Reverse(restarts),
        Reverse(created),
    )
}

async fn write_status(
    shared: &Shared,
    set: &Arc<ReplicaSet>,
    active: &[Arc<Pod>],
    failure: Option<&str>,
) -> Result<()> {
    let Some(spec) = &set.spec else { return Ok(()) };
    let now = Timestamp::now();
    let count =
        |test: &dyn Fn(&Pod) -> bool| i32::try_from(active.iter().filter(|pod| test(pod)).count()).unwrap_or(i32::MAX);
    let labels =
        spec.template.as_ref().and_then(|template| template.metadata.as_ref()?.labels.clone()).unwrap_or_default();
    let labeled = |pod: &Pod| labels.iter().all(|(key, value)| pod.labels().get(key) == Some(value));
    let old = set.status.clone().unwrap_or_default();
    let seconds = spec.min_ready_seconds.unwrap_or(0);
    let status = ReplicaSetStatus {
        replicas: count(&|_| true),
        fully_labeled_replicas: Some(count(&labeled)).filter(|count| *count > 0),
        ready_replicas: Some(count(&pods::is_ready)).filter(|count| *count > 0),
        available_replicas: Some(count(&|pod| pods::is_available(pod, seconds, now))).filter(|count| *count > 0),
        observed_generation: set.metadata.generation,
        conditions: failure.map(|message| {
            let since = old.conditions.iter().flatten().find(|one| one.type_ == "ReplicaFailure");
            let since = since.and_then(|one| one.last_transition_time.clone());
            vec![k8s_openapi::api::apps::v1::ReplicaSetCondition {
                type_: "ReplicaFailure".to_owned(),
                status: "True".to_owned(),
                reason: Some("FailedCreate".to_owned()),
                message: Some(message.to_owned()),
                last_transition_time: since.or(Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now))),
            }]
        }),
        ..ReplicaSetStatus::default()
    };
    if status == old {
        return Ok(());
    }
    let mut new = ReplicaSet::clone(set);
    new.status = Some(status);
    let api: Api<ReplicaSet> = Api::namespaced(shared.client.clone(), &set.namespace().unwrap_or_default());
    match api.replace_status(&set.name_any(), &PostParams::default(), &new).await {
        Ok(written) => shared.replica_sets.saw(&written).await,
        // Someone else changed it, or it is gone: the change wakes us again.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
