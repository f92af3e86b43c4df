//! The history of a Deployment: numbered ReplicaSets, of which the last few are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};

use super::{DESIRED, MAX, View, rollout, size};
use crate::Result;

/// Which revision of the Deployment a ReplicaSet is, or which one the Deployment is at.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// Annotations of the Deployment that its ReplicaSets do not get.
const NOT_COPIED: &[&str] =
    &["kubectl.kubernetes.io/last-applied-configuration", REVISION, DESIRED, MAX, "deprecated.deployment.rollback.to"];
/// ReplicaSets that are kept for a rollback, unless the Deployment says otherwise.
const HISTORY: i32 = 10;

fn revision(set: &ReplicaSet) -> i64 {
    set.annotations().get(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The number of the present template: one more than the highest of the others.
pub(super) fn next(view: &View<'_>) -> i64 {
    view.old.iter().map(|set| revision(set)).max().unwrap_or(0) + 1
}

/// What the new ReplicaSet is annotated with.
pub(super) fn annotations(view: &View<'_>, revision: i64) -> BTreeMap<String, String> {
    let own = view.deployment.annotations().iter().filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()));
    let mut annotations: BTreeMap<String, String> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    annotations.insert(REVISION.to_owned(), revision.to_string());
    annotations.insert(DESIRED.to_owned(), view.replicas().to_string());
    annotations.insert(MAX.to_owned(), (view.replicas() + rollout::max_surge(view)).to_string());
    annotations
}

/// Gives the ReplicaSet of the present template, which may be an old one that came back, the present number.
pub(super) async fn mark(view: &View<'_>, new: &Arc<ReplicaSet>, wanted: i64) -> Result<Arc<ReplicaSet>> {
    let minimum = view.deployment.spec.as_ref().and_then(|spec| spec.min_ready_seconds);
    let mut changed = ReplicaSet::clone(new);
    let mut annotations = annotations(view, wanted.max(revision(new)));
    // Its size is written where it is scaled.
    for key in [DESIRED, MAX] {
        annotations.remove(key);
    }
    changed.metadata.annotations.get_or_insert_default().extend(annotations);
    changed.spec.get_or_insert_default().min_ready_seconds = minimum;
    if changed == **new {
        return Ok(new.clone());
    }
    let written = view.api().replace(&new.name_any(), &PostParams::default(), &changed).await?;
    view.shared.replica_sets.saw(&written).await;
    Ok(Arc::new(written))
}

/// Tells people at which revision the Deployment is.
pub(super) async fn show(view: &View<'_>) -> Result<()> {
    let Some(new) = &view.new else { return Ok(()) };
    let wanted = revision(new).to_string();
    if view.deployment.annotations().get(REVISION) == Some(&wanted) {
        return Ok(());
    }
    let api: Api<Deployment> =
        Api::namespaced(view.shared.client.clone(), &view.deployment.namespace().unwrap_or_default());
    let patch = serde_json::json!({"metadata": {"annotations": {REVISION: wanted}}});
    let written = api.patch(&view.deployment.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await?;
    view.shared.deployments.saw(&written).await;
    Ok(())
}

/// Deletes the oldest ReplicaSets beyond those that are kept.
pub(super) async fn clean_up(view: &View<'_>) -> Result<()> {
    let limit = view.deployment.spec.as_ref().and_then(|spec| spec.revision_history_limit).unwrap_or(HISTORY);
    let idle = |set: &&Arc<ReplicaSet>| {
        size(set) == 0
            && set.metadata.deletion_timestamp.is_none()
            && set.status.as_ref().is_none_or(|status| status.replicas == 0)
    };
    let mut idle: Vec<&Arc<ReplicaSet>> = view.old.iter().filter(idle).collect();
    idle.sort_by_key(|set| revision(set));
    let surplus = idle.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    for set in &idle[..surplus] {
        match view.api().delete(&set.name_any(), &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
    }
    Ok(())
}
