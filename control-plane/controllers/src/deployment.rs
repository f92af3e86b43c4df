//! Deployments: one ReplicaSet a template, and the way from one to the next.

mod revisions;
mod rollout;
mod status;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::PostParams;
use kube::{Api, ResourceExt};

use crate::events::Recorder;
use crate::informer::Key;
use crate::owners::{controller_of, controller_reference, is_controlled_by};
use crate::queue::Queue;
use crate::{Result, Shared, template};

const WORKERS: usize = 4;
/// What a ReplicaSet remembers of its Deployment's size, for proportional scaling and for people.
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// Runs forever.
pub async fn run(shared: Shared) {
    let queue = Queue::default();
    let own = queue.clone();
    shared.deployments.listen(move |before, after| {
        if let Some(deployment) = after.or(before) {
            own.add(Key::of(&**deployment));
        }
    });
    let own = queue.clone();
    shared.replica_sets.listen(move |before, after| {
        let set = after.or(before);
        if let Some(owner) = set.and_then(|set| controller_of(&set.metadata))
            && owner.kind == "Deployment"
        {
            let namespace = set.and_then(|set| set.namespace()).unwrap_or_default();
            own.add(Key::new(&namespace, &owner.name));
        }
    });
    let recorder = Recorder::new(shared.client.clone(), "deployment-controller");
    let again = queue.clone();
    queue
        .run("deployment", WORKERS, move |key| {
            let (shared, recorder, again) = (shared.clone(), recorder.clone(), again.clone());
            async move { look(&shared, &recorder, &again, key).await }
        })
        .await;
}

/// A Deployment with its ReplicaSets, as one look sees them.
struct View<'a> {
    shared: &'a Shared,
    recorder: &'a Recorder,
    deployment: Arc<Deployment>,
    template: PodTemplateSpec,
    /// The ReplicaSet of the present template, if it is there.
    new: Option<Arc<ReplicaSet>>,
    /// The others.
    old: Vec<Arc<ReplicaSet>>,
}

async fn look(shared: &Shared, recorder: &Recorder, again: &Queue<Key>, key: Key) -> Result<()> {
    let Some(deployment) = shared.deployments.get(&key) else { return Ok(()) };
    let (Some(spec), Some(uid)) = (deployment.spec.clone(), deployment.uid()) else { return Ok(()) };
    let own =
        |set: &ReplicaSet| set.namespace().as_deref() == Some(&*key.namespace) && is_controlled_by(&set.metadata, &uid);
    let mut new = None;
    let mut old = Vec::new();
    let mut sets = shared.replica_sets.select(own);
    // Of several with the same template the oldest counts.
    sets.sort_by_key(|set| set.metadata.creation_timestamp.as_ref().map(|time| time.0));
    for set in sets {
        let own_template = set.spec.as_ref().and_then(|spec| spec.template.clone()).unwrap_or_default();
        if new.is_none() && template::equal(&own_template, &spec.template)? {
            new = Some(set);
        } else {
            old.push(set);
        }
    }
    let mut view = View { shared, recorder, deployment: deployment.clone(), template: spec.template.clone(), new, old };
    if deployment.metadata.deletion_timestamp.is_some() {
        return status::write(&view).await.map(|_| ());
    }
    if spec.paused == Some(true) {
        rollout::scale_in_proportion(&mut view).await?;
        return status::write(&view).await.map(|_| ());
    }
    if view.is_scaling() {
        rollout::scale_in_proportion(&mut view).await?;
        return status::write(&view).await.map(|_| ());
    }
    let recreate = spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate");
    if recreate {
        rollout::recreate(&mut view).await?;
    } else {
        rollout::roll(&mut view).await?;
    }
    let complete = status::write(&view).await?;
    if complete {
        revisions::clean_up(&view).await?;
    } else {
        let deadline = u64::try_from(spec.progress_deadline_seconds.unwrap_or(600)).unwrap_or(600);
        if deadline < i32::MAX as u64 && view.new.is_some() {
            again.add_after(key, Duration::from_secs(deadline + 1));
        }
    }
    Ok(())
}

impl View<'_> {
    fn replicas(&self) -> i32 {
        self.deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<ReplicaSet>> {
        self.new.iter().chain(&self.old)
    }

    /// Whether the Deployment's size was changed while several ReplicaSets have pods.
    fn is_scaling(&self) -> bool {
        let differs = |set: &&Arc<ReplicaSet>| {
            let desired = set.annotations().get(DESIRED).and_then(|text| text.parse::<i32>().ok());
            desired.is_some_and(|desired| desired != self.replicas())
        };
        self.all().filter(|set| size(set) > 0).any(|set| differs(&set))
    }

    fn api(&self) -> Api<ReplicaSet> {
        Api::namespaced(self.shared.client.clone(), &self.deployment.namespace().unwrap_or_default())
    }

    /// Makes the ReplicaSet of the present template where it is missing.
    async fn ensure_new(&mut self) -> Result<Arc<ReplicaSet>> {
        let revision = revisions::next(self);
        if let Some(new) = self.new.clone() {
            let set = revisions::mark(self, &new, revision).await?;
            self.new = Some(set.clone());
            return Ok(set);
        }
        let collisions = self.deployment.status.as_ref().and_then(|status| status.collision_count).unwrap_or(0);
        let hash = template::hash(&self.template, collisions)?;
        let mut labels = self.template.metadata.as_ref().and_then(|one| one.labels.clone()).unwrap_or_default();
        labels.insert(template::HASH_LABEL.to_owned(), hash.clone());
        let mut set_template = self.template.clone();
        set_template.metadata.get_or_insert_default().labels = Some(labels.clone());
        let spec = self.deployment.spec.clone().unwrap_or_default();
        let mut selector = spec.selector;
        selector.match_labels.get_or_insert_default().insert(template::HASH_LABEL.to_owned(), hash.clone());
        let replicas = rollout::room_for_new(self);
        let set = ReplicaSet {
            metadata: ObjectMeta {
                name: Some(format!("{}-{hash}", self.deployment.name_any())),
                namespace: self.deployment.namespace(),
                labels: Some(labels),
                annotations: Some(revisions::annotations(self, revision)),
                owner_references: Some(vec![controller_reference(&*self.deployment)]),
                ..ObjectMeta::default()
            },
            spec: Some(ReplicaSetSpec {
                replicas: Some(replicas),
                min_ready_seconds: spec.min_ready_seconds,
                selector,
                template: Some(set_template),
            }),
            status: None,
        };
        let made = match self.api().create(&PostParams::default(), &set).await {
            Ok(made) => made,
            Err(kube::Error::Api(status)) if status.code == 409 => {
                // The name is taken: by ours, which we have not seen yet, or by another template of the same hash.
                let found = self.api().get(&set.name_any()).await?;
                let own = self.deployment.uid().is_some_and(|uid| is_controlled_by(&found.metadata, &uid));
                let found_template = found.spec.as_ref().and_then(|spec| spec.template.clone()).unwrap_or_default();
                if !own || !template::equal(&found_template, &self.template)? {
                    status::count_collision(self, collisions + 1).await?;
                    return Err(kube::Error::Api(status).into());
                }
                found
            }
            Err(error) => {
                self.recorder.warning(&*self.deployment, "ReplicaSetCreateError", error.to_string()).await;
                return Err(error.into());
            }
        };
        self.shared.replica_sets.saw_new(&made).await;
        if replicas > 0 {
            let message = format!("Scaled up replica set {} from 0 to {replicas}", made.name_any());
            self.recorder.normal(&*self.deployment, "ScalingReplicaSet", message).await;
        }
        let made = Arc::new(made);
        self.new = Some(made.clone());
        Ok(made)
    }

    /// Gives a ReplicaSet another size.
    async fn scale(&self, set: &Arc<ReplicaSet>, replicas: i32) -> Result<Arc<ReplicaSet>> {
        let before = size(set);
        let mut changed = ReplicaSet::clone(set);
        changed.spec.get_or_insert_default().replicas = Some(replicas);
        let annotations = changed.metadata.annotations.get_or_insert_default();
        annotations.insert(DESIRED.to_owned(), self.replicas().to_string());
        annotations.insert(MAX.to_owned(), (self.replicas() + rollout::max_surge(self)).to_string());
        if changed == **set {
            return Ok(set.clone());
        }
        let written = self.api().replace(&set.name_any(), &PostParams::default(), &changed).await?;
        self.shared.replica_sets.saw(&written).await;
        if before != replicas {
            let direction = if replicas > before { "up" } else { "down" };
            let message = format!("Scaled {direction} replica set {} from {before} to {replicas}", set.name_any());
            self.recorder.normal(&*self.deployment, "ScalingReplicaSet", message).await;
        }
        Ok(Arc::new(written))
    }
}

/// How many pods a ReplicaSet asks for.
fn size(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// How many of a ReplicaSet's pods are available.
fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

/// The time, to the second, as objects have it.
fn now() -> k8s_openapi::apimachinery::pkg::apis::meta::v1::Time {
    k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(Timestamp::now())
}
