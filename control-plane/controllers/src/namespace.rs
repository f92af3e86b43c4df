//! Namespaces that are deleted: everything in them goes first.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, NamespaceCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, PostParams, PropagationPolicy};
use kube::core::gvk::GroupVersionKind;
use kube::discovery::{Discovery, Scope, verbs};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::informer::Key;
use crate::queue::Queue;
use crate::{Result, Shared};

const WORKERS: usize = 4;
const FINALIZER: &str = "kubernetes";
/// How soon to look again at what waits for something else, such as a pod's grace period.
const AGAIN: Duration = Duration::from_millis(500);

/// Runs forever.
pub async fn run(shared: Shared) {
    let queue = Queue::default();
    let own = queue.clone();
    shared.namespaces.listen(move |_, after| {
        if let Some(namespace) = after.filter(|one| one.metadata.deletion_timestamp.is_some()) {
            own.add(Key::of(&**namespace));
        }
    });
    let again = queue.clone();
    queue
        .run("namespace", WORKERS, move |key| {
            let (shared, again) = (shared.clone(), again.clone());
            async move { look(&shared, &again, key).await }
        })
        .await;
}

async fn look(shared: &Shared, again: &Queue<Key>, key: Key) -> Result<()> {
    let api: Api<Namespace> = Api::all(shared.client.clone());
    let Some(namespace) = api.get_opt(&key.name).await? else { return Ok(()) };
    let finalizers = namespace.spec.as_ref().and_then(|spec| spec.finalizers.clone()).unwrap_or_default();
    if namespace.metadata.deletion_timestamp.is_none() || !finalizers.iter().any(|one| one == FINALIZER) {
        return Ok(());
    }
    let left = empty(&shared.client, &key.name).await?;
    if left.is_empty() {
        return finalize(&shared.client, namespace).await;
    }
    tell(&api, namespace, &left).await?;
    again.add_after(key, AGAIN);
    Ok(())
}

/// Deletes everything in a namespace. Returns what is still there: resource and how many.
async fn empty(client: &Client, namespace: &str) -> Result<Vec<(String, usize)>> {
    let mut left = Vec::new();
    let discovery = Discovery::new(client.clone()).run_aggregated().await?;
    for group in discovery.groups() {
        for (resource, capabilities) in group.recommended_resources() {
            let can = |verb: &str| capabilities.supports_operation(verb);
            if capabilities.scope != Scope::Namespaced || !can(verbs::LIST) || !can(verbs::DELETE) {
                continue;
            }
            let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
            let found = api.list_metadata(&ListParams::default()).await?.items;
            if found.is_empty() {
                continue;
            }
            let background =
                DeleteParams { propagation_policy: Some(PropagationPolicy::Background), ..DeleteParams::default() };
            if can(verbs::DELETE_COLLECTION) {
                api.delete_collection(&background, &ListParams::default()).await?;
            } else {
                for object in &found {
                    match api.delete(&object.name_any(), &background).await {
                        Err(kube::Error::Api(status)) if status.code == 404 => {}
                        Err(error) => return Err(error.into()),
                        Ok(_) => {}
                    }
                }
            }
            let remaining = api.list_metadata(&ListParams::default()).await?.items.len();
            if remaining > 0 {
                left.push((qualified(&resource), remaining));
            }
        }
    }
    Ok(left)
}

fn qualified(resource: &ApiResource) -> String {
    if resource.group.is_empty() { resource.plural.clone() } else { format!("{}.{}", resource.plural, resource.group) }
}

async fn finalize(client: &Client, mut namespace: Namespace) -> Result<()> {
    if let Some(finalizers) = namespace.spec.as_mut().and_then(|spec| spec.finalizers.as_mut()) {
        finalizers.retain(|one| one != FINALIZER);
    }
    let kind = GroupVersionKind::gvk("", "v1", "Namespace");
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &ApiResource::from_gvk(&kind));
    match api.replace_subresource("finalize", &namespace.name_any(), &PostParams::default(), &namespace).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Says in the status what the namespace waits for.
async fn tell(api: &Api<Namespace>, mut namespace: Namespace, left: &[(String, usize)]) -> Result<()> {
    let lines: Vec<String> =
        left.iter().map(|(resource, count)| format!("{resource} has {count} resource instances")).collect();
    let message = format!("Some resources are remaining: {}", lines.join(", "));
    let status = namespace.status.get_or_insert_default();
    let conditions = status.conditions.get_or_insert_default();
    if conditions.iter().any(|one| one.type_ == "NamespaceContentRemaining" && one.message.as_deref() == Some(&message))
    {
        return Ok(());
    }
    conditions.retain(|one| one.type_ != "NamespaceContentRemaining");
    conditions.push(NamespaceCondition {
        type_: "NamespaceContentRemaining".to_owned(),
        status: "True".to_owned(),
        reason: Some("SomeResourcesRemain".to_owned()),
        message: Some(message),
        last_transition_time: Some(Time(jiff::Timestamp::now())),
    });
    let patch = json!({"status": {"conditions": status.conditions}});
    match api.patch_status(&namespace.name_any(), &Default::default(), &kube::api::Patch::Merge(patch)).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
