//! What a Deployment says of itself.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentStatus};
use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::{View, available, now, revisions, rollout, size};
use crate::Result;

/// Writes the status where it differs. Returns whether the rollout is complete.
pub(super) async fn write(view: &View<'_>) -> Result<bool> {
    revisions::show(view).await?;
    let old = view.deployment.status.clone().unwrap_or_default();
    let mut status = counts(view, &old);
    let complete = is_complete(view, &status);
    status.conditions = Some(conditions(view, &old, &status, complete));
    if status != old {
        store(view, status).await?;
    }
    Ok(complete)
}

/// Remembers that the hash of the present template is another's name.
pub(super) async fn count_collision(view: &View<'_>, collisions: i32) -> Result<()> {
    let mut status = view.deployment.status.clone().unwrap_or_default();
    status.collision_count = Some(collisions);
    store(view, status).await
}

async fn store(view: &View<'_>, status: DeploymentStatus) -> Result<()> {
    let namespace = view.deployment.namespace().unwrap_or_default();
    let api: Api<Deployment> = Api::namespaced(view.shared.client.clone(), &namespace);
    // The annotation may have been written in this look.
    let key = crate::informer::Key::of(&*view.deployment);
    let mut new = view.shared.deployments.get(&key).map_or_else(|| (*view.deployment).clone(), |one| (*one).clone());
    new.status = Some(status);
    match api.replace_status(&new.name_any(), &PostParams::default(), &new).await {
        Ok(written) => view.shared.deployments.saw(&written).await,
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn counts(view: &View<'_>, old: &DeploymentStatus) -> DeploymentStatus {
    let sum = |of: &dyn Fn(&k8s_openapi::api::apps::v1::ReplicaSetStatus) -> i32| -> i32 {
        view.all().filter_map(|set| set.status.as_ref()).map(of).sum()
    };
    let some = |count: i32| Some(count).filter(|count| *count > 0);
    let replicas = sum(&|status| status.replicas);
    let availables: i32 = view.all().map(|set| available(set)).sum();
    let asked: i32 = view.all().map(|set| size(set)).sum();
    DeploymentStatus {
        observed_generation: view.deployment.metadata.generation,
        replicas: some(replicas),
        updated_replicas: some(
            view.new.as_ref().and_then(|set| set.status.as_ref()).map_or(0, |status| status.replicas),
        ),
        ready_replicas: some(sum(&|status| status.ready_replicas.unwrap_or(0))),
        available_replicas: some(availables),
        unavailable_replicas: some(asked - availables),
        collision_count: old.collision_count,
        ..DeploymentStatus::default()
    }
}

fn is_complete(view: &View<'_>, status: &DeploymentStatus) -> bool {
    let all = Some(view.replicas()).filter(|count| *count > 0);
    view.new.is_some() && status.updated_replicas == all && status.replicas == all && status.available_replicas == all
}

fn conditions(
    view: &View<'_>,
    old: &DeploymentStatus,
    status: &DeploymentStatus,
    complete: bool,
) -> Vec<DeploymentCondition> {
    let find = |kind: &str| old.conditions.iter().flatten().find(|one| one.type_ == kind);
    let make = |kind: &str, value: &str, reason: &str, message: String, progressed: bool| {
        let before = find(kind);
        let same = before.is_some_and(|one| {
            one.status == value && one.reason.as_deref() == Some(reason) && one.message.as_deref() == Some(&message)
        });
        if let Some(before) = before.filter(|_| same && !progressed) {
            return before.clone();
        }
        let transition = before.filter(|one| one.status == value).and_then(|one| one.last_transition_time.clone());
        DeploymentCondition {
            type_: kind.to_owned(),
            status: value.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message),
            last_update_time: Some(now()),
            last_transition_time: transition.or_else(|| Some(now())),
        }
    };
    let least = view.replicas() - rollout::max_unavailable(view);
    let mut conditions = vec![if status.available_replicas.unwrap_or(0) >= least {
        make("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.".to_owned(), false)
    } else {
        let message = "Deployment does not have minimum availability.".to_owned();
        make("Available", "False", "MinimumReplicasUnavailable", message, false)
    }];
    let failure =
        view.all().filter_map(|set| set.status.as_ref()).flat_map(|status| status.conditions.iter().flatten());
    if let Some(failure) = failure.into_iter().find(|one| one.type_ == "ReplicaFailure" && one.status == "True") {
        let (reason, message) =
            (failure.reason.clone().unwrap_or_default(), failure.message.clone().unwrap_or_default());
        conditions.push(make("ReplicaFailure", "True", &reason, message, false));
    }
    conditions.push(progress(view, old, status, complete, &make));
    conditions
}

type Make<'a> = dyn Fn(&str, &str, &str, String, bool) -> DeploymentCondition + 'a;

fn progress(
    view: &View<'_>,
    old: &DeploymentStatus,
    status: &DeploymentStatus,
    complete: bool,
    make: &Make<'_>,
) -> DeploymentCondition {
    let before = old.conditions.iter().flatten().find(|one| one.type_ == "Progressing");
    let spec = view.deployment.spec.as_ref();
    if spec.is_some_and(|spec| spec.paused == Some(true)) {
        return make("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused".to_owned(), false);
    }
    let name = view.new.as_ref().map_or_else(
        || format!("Deployment \"{}\"", view.deployment.name_any()),
        |set| format!("ReplicaSet \"{}\"", set.name_any()),
    );
    if complete {
        return make(
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            format!("{name} has successfully progressed."),
            false,
        );
    }
    let count = |of: &dyn Fn(&DeploymentStatus) -> Option<i32>, status: &DeploymentStatus| of(status).unwrap_or(0);
    let grew = |of: &dyn Fn(&DeploymentStatus) -> Option<i32>| count(of, status) > count(of, old);
    let old_pods = |status: &DeploymentStatus| status.replicas.unwrap_or(0) - status.updated_replicas.unwrap_or(0);
    let progressed = grew(&|status| status.updated_replicas)
        || grew(&|status| status.ready_replicas)
        || grew(&|status| status.available_replicas)
        || old_pods(status) < old_pods(old);
    let restarted =
        before.is_some_and(|one| matches!(one.reason.as_deref(), Some("NewReplicaSetAvailable" | "DeploymentPaused")));
    let deadline = i64::from(spec.and_then(|spec| spec.progress_deadline_seconds).unwrap_or(600));
    let since = before.and_then(|one| one.last_update_time.as_ref()).map(|time| time.0);
    let late = since.is_some_and(|since| now().0.as_second() - since.as_second() > deadline);
    let timed_out = before.is_some_and(|one| one.reason.as_deref() == Some("ProgressDeadlineExceeded"));
    if !progressed && !restarted && (late || timed_out) && deadline < i64::from(i32::MAX) {
        return make(
            "Progressing",
            "False",
            "ProgressDeadlineExceeded",
            format!("{name} has timed out progressing."),
            false,
        );
    }
    if before.is_none() || restarted {
        let what = if before.is_none() { "Created new replica set" } else { "Found new replica set" };
        let reason = if before.is_none() { "NewReplicaSetCreated" } else { "FoundNewReplicaSet" };
        let name = view.new.as_ref().map(|set| set.name_any()).unwrap_or_default();
        return make("Progressing", "True", reason, format!("{what} \"{name}\""), true);
    }
    make("Progressing", "True", "ReplicaSetUpdated", format!("{name} is progressing."), progressed)
}
