//! The garbage collector: what is owned goes when all of its owners are gone (Kubernetes, "Garbage collection").
//!
//! It follows the metadata of everything that can be deleted and remembers, of each object, only who it is and who owns it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, Preconditions, PropagationPolicy};
use kube::core::PartialObjectMeta;
use kube::discovery::{Discovery, verbs};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use parking_lot::Mutex;
use serde_json::json;

use crate::queue::Queue;
use crate::{Result, Shared};

const WORKERS: usize = 4;
const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";
/// Kinds that come and go often and own nothing that needs collecting.
const IGNORED: &[(&str, &str)] = &[("", "events"), ("events.k8s.io", "events"), ("coordination.k8s.io", "leases")];
/// How soon to look again at an owner that waits for its dependents.
const AGAIN: Duration = Duration::from_millis(200);
/// How often resources that are new (or gone) are looked for.
const DISCOVERY: Duration = Duration::from_secs(30);

/// What is remembered of an object.
#[derive(Debug, Clone)]
struct Node {
    resource: Arc<ApiResource>,
    namespace: Option<String>,
    name: String,
    owners: Vec<OwnerReference>,
    /// Waits for its dependents to go, or to be freed.
    waits: bool,
}

#[derive(Debug, Default)]
struct Graph {
    nodes: HashMap<String, Node>,
    dependents: HashMap<String, HashSet<String>>,
}

impl Graph {
    fn put(&mut self, uid: &str, node: Node) {
        self.unlink(uid);
        for owner in &node.owners {
            self.dependents.entry(owner.uid.clone()).or_default().insert(uid.to_owned());
        }
        self.nodes.insert(uid.to_owned(), node);
    }

    fn remove(&mut self, uid: &str) {
        self.unlink(uid);
        self.nodes.remove(uid);
    }

    fn unlink(&mut self, uid: &str) {
        let Some(node) = self.nodes.get(uid) else { return };
        for owner in &node.owners {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(uid);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
    }

    fn dependents_of(&self, uid: &str) -> Vec<String> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }
}

#[derive(Clone)]
struct Collector {
    client: Client,
    graph: Arc<Mutex<Graph>>,
    queue: Queue<String>,
}

/// Runs forever.
pub async fn run(shared: Shared) {
    let collector = Collector { client: shared.client, graph: Arc::default(), queue: Queue::default() };
    tokio::spawn(collector.clone().discover());
    let queue = collector.queue.clone();
    queue
        .run("garbage-collector", WORKERS, move |uid: String| {
            let collector = collector.clone();
            async move { collector.look(&uid).await }
        })
        .await;
}

impl Collector {
    /// Follows every resource that can be listed, watched and deleted, also those that come later.
    async fn discover(self) {
        let mut followed: HashMap<(String, String), tokio::task::JoinHandle<()>> = HashMap::new();
        loop {
            match Discovery::new(self.client.clone()).run_aggregated().await {
                Ok(discovery) => {
                    let mut present = HashSet::new();
                    for (resource, capabilities) in discovery.groups().flat_map(|group| group.recommended_resources()) {
                        let key = (resource.group.clone(), resource.plural.clone());
                        let ignored = IGNORED.contains(&(key.0.as_str(), key.1.as_str()));
                        let able = [verbs::LIST, verbs::WATCH, verbs::DELETE]
                            .iter()
                            .all(|verb| capabilities.supports_operation(verb));
                        if ignored || !able {
                            continue;
                        }
                        present.insert(key.clone());
                        followed.entry(key).or_insert_with(|| tokio::spawn(self.clone().follow(resource)));
                    }
                    followed.retain(|key, task| {
                        let stays = present.contains(key);
                        if !stays {
                            task.abort();
                        }
                        stays
                    });
                }
                Err(error) => tracing::debug!(%error, "cannot discover resources"),
            }
            tokio::time::sleep(DISCOVERY).await;
        }
    }

    async fn follow(self, resource: ApiResource) {
        let api: Api<PartialObjectMeta<DynamicObject>> = Api::all_with(self.client.clone(), &resource);
        let resource = Arc::new(resource);
        let mut events = std::pin::pin!(watcher(api, Config::default()).default_backoff());
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::InitApply(object) | Event::Apply(object)) => self.saw(&resource, &object),
                Ok(Event::Delete(object)) => self.saw_gone(&object.uid().unwrap_or_default()),
                Ok(Event::Init | Event::InitDone) | Err(_) => {}
            }
        }
    }

    fn saw(&self, resource: &Arc<ApiResource>, object: &PartialObjectMeta<DynamicObject>) {
        let Some(uid) = object.uid() else { return };
        let deleting = object.metadata.deletion_timestamp.is_some();
        let waits = deleting && object.finalizers().iter().any(|one| one == FOREGROUND || one == ORPHAN);
        let node = Node {
            resource: resource.clone(),
            namespace: object.namespace(),
            name: object.name_any(),
            owners: object.owner_references().to_vec(),
            waits,
        };
        let owned = !node.owners.is_empty();
        self.graph.lock().put(&uid, node);
        if owned || waits {
            self.queue.add(uid);
        }
    }

    fn saw_gone(&self, uid: &str) {
        let mut graph = self.graph.lock();
        // Dependents may have to go now, and owners that waited for this one may go on.
        let mut concerned = graph.dependents_of(uid);
        concerned
            .extend(graph.nodes.get(uid).iter().flat_map(|node| node.owners.iter().map(|owner| owner.uid.clone())));
        graph.remove(uid);
        drop(graph);
        for uid in concerned {
            self.queue.add(uid);
        }
    }

    fn api(&self, node: &Node) -> Api<DynamicObject> {
        match &node.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &*node.resource),
            None => Api::all_with(self.client.clone(), &*node.resource),
        }
    }

    async fn look(&self, uid: &str) -> Result<()> {
        let Some(node) = self.graph.lock().nodes.get(uid).cloned() else { return Ok(()) };
        let api = self.api(&node);
        let object = match api.get_metadata_opt(&node.name).await? {
            Some(object) if object.uid().as_deref() == Some(uid) => object,
            _ => {
                self.saw_gone(uid);
                return Ok(());
            }
        };
        if object.metadata.deletion_timestamp.is_some() {
            if node.waits {
                self.release(uid, &node, &object).await?;
            }
            return Ok(());
        }
        self.collect(uid, &api, &object).await
    }

    /// Deletes an object whose owners are all gone, and frees it of those that are.
    async fn collect(
        &self,
        uid: &str,
        api: &Api<DynamicObject>,
        object: &PartialObjectMeta<DynamicObject>,
    ) -> Result<()> {
        let owners = object.owner_references();
        if owners.is_empty() {
            return Ok(());
        }
        let (mut solid, mut dangling, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for owner in owners {
            match self.owner(owner, object.namespace().as_deref()).await? {
                Owner::Present => solid.push(owner),
                Owner::Absent => dangling.push(owner),
                Owner::WaitsForDependents => waiting.push(owner),
                // An owner of a kind that is not served may come back.
                Owner::Unknown => return Ok(()),
            }
        }
        if !solid.is_empty() {
            if dangling.is_empty() && waiting.is_empty() {
                return Ok(());
            }
            let rest: Vec<&OwnerReference> = solid;
            let patch = json!({"metadata": {"uid": uid, "ownerReferences": rest, "resourceVersion": object.resource_version()}});
            ignore_gone(
                api.patch_metadata(&object.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await.map(|_| ()),
            )?;
            return Ok(());
        }
        let foreground = !waiting.is_empty() && self.graph.lock().dependents.contains_key(uid);
        let policy = if foreground {
            PropagationPolicy::Foreground
        } else if object.finalizers().iter().any(|one| one == ORPHAN) {
            PropagationPolicy::Orphan
        } else {
            PropagationPolicy::Background
        };
        let parameters = DeleteParams {
            propagation_policy: Some(policy),
            preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
            ..DeleteParams::default()
        };
        ignore_gone(api.delete(&object.name_any(), &parameters).await.map(|_| ()))
    }

    async fn owner(&self, owner: &OwnerReference, namespace: Option<&str>) -> Result<Owner> {
        let known = self.graph.lock().nodes.get(&owner.uid).cloned();
        if let Some(node) = &known {
            // An object of another namespace is no owner.
            if node.namespace.is_some() && node.namespace.as_deref() != namespace {
                return Ok(Owner::Absent);
            }
            if !node.waits {
                return Ok(Owner::Present);
            }
            let object = self.api(node).get_metadata_opt(&node.name).await?;
            let foreground = object.is_some_and(|object| object.finalizers().iter().any(|one| one == FOREGROUND));
            return Ok(if foreground { Owner::WaitsForDependents } else { Owner::Present });
        }
        // Not seen yet, or gone: the API server knows.
        let (group, version) = owner.api_version.rsplit_once('/').unwrap_or(("", &owner.api_version));
        let discovery = Discovery::new(self.client.clone()).filter(&[group]).run_aggregated().await?;
        let found = discovery
            .groups()
            .flat_map(|group| group.versioned_resources(version))
            .find(|(one, _)| one.kind == owner.kind);
        let Some((resource, capabilities)) = found else { return Ok(Owner::Unknown) };
        let namespaced = capabilities.scope == kube::discovery::Scope::Namespaced;
        let api: Api<DynamicObject> = match namespace.filter(|_| namespaced) {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None if namespaced => return Ok(Owner::Absent),
            None => Api::all_with(self.client.clone(), &resource),
        };
        let object = api.get_metadata_opt(&owner.name).await?;
        Ok(match object {
            Some(object) if object.uid().as_deref() == Some(&owner.uid) => Owner::Present,
            _ => Owner::Absent,
        })
    }

    /// Lets an owner go that waits for its dependents: when they are gone, or when they have been freed of it.
    async fn release(&self, uid: &str, node: &Node, object: &PartialObjectMeta<DynamicObject>) -> Result<()> {
        let orphans = object.finalizers().iter().any(|one| one == ORPHAN);
        let dependents: Vec<(String, Node)> = {
            let graph = self.graph.lock();
            let all = graph.dependents_of(uid);
            all.into_iter().filter_map(|one| graph.nodes.get(&one).cloned().map(|node| (one, node))).collect()
        };
        if orphans {
            for (_, dependent) in &dependents {
                let api = self.api(dependent);
                let Some(current) = api.get_metadata_opt(&dependent.name).await? else { continue };
                let rest: Vec<&OwnerReference> =
                    current.owner_references().iter().filter(|owner| owner.uid != uid).collect();
                let patch =
                    json!({"metadata": {"ownerReferences": rest, "resourceVersion": current.resource_version()}});
                let patched = api.patch_metadata(&dependent.name, &PatchParams::default(), &Patch::Merge(patch)).await;
                ignore_gone(patched.map(|_| ()))?;
            }
            return self.drop_finalizer(node, object, ORPHAN).await;
        }
        let blocks =
            |node: &Node| node.owners.iter().any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true));
        let blocking: Vec<&String> = dependents.iter().filter(|(_, node)| blocks(node)).map(|(uid, _)| uid).collect();
        for dependent in dependents.iter().map(|(uid, _)| uid) {
            self.queue.add(dependent.clone());
        }
        if blocking.is_empty() {
            return self.drop_finalizer(node, object, FOREGROUND).await;
        }
        self.queue.add_after(uid.to_owned(), AGAIN);
        Ok(())
    }

    async fn drop_finalizer(
        &self,
        node: &Node,
        object: &PartialObjectMeta<DynamicObject>,
        finalizer: &str,
    ) -> Result<()> {
        let rest: Vec<&String> = object.finalizers().iter().filter(|one| *one != finalizer).collect();
        let patch = json!({"metadata": {"finalizers": rest, "resourceVersion": object.resource_version()}});
        let patched = self.api(node).patch_metadata(&node.name, &PatchParams::default(), &Patch::Merge(patch)).await;
        ignore_gone(patched.map(|_| ()))
    }
}

/// How it stands with an owner.
enum Owner {
    Present,
    Absent,
    WaitsForDependents,
    Unknown,
}

/// That an object is gone, or is another by now, is fine: there is nothing left to do.
fn ignore_gone(result: kube::Result<()>) -> Result<()> {
    match result {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}
