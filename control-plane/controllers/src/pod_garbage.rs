//! Pods that nobody will ever end: those of nodes that are gone, and the oldest of very many that have ended.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::DeleteParams;
use kube::{Api, ResourceExt};

use crate::informer::Key;
use crate::{Result, Shared, pods};

/// How often to look, as upstream.
const PERIOD: Duration = Duration::from_secs(20);
/// How long a node must be missing before its pods go.
const QUARANTINE: Duration = Duration::from_secs(40);
/// Pods that have ended and stay (upstream's default).
const ENDED_KEPT: usize = 12_500;

/// Runs forever.
pub async fn run(shared: Shared) {
    let mut missing: HashMap<String, Instant> = HashMap::new();
    loop {
        tokio::time::sleep(PERIOD).await;
        if let Err(error) = look(&shared, &mut missing).await {
            tracing::info!(controller = "podgc", %error, "will try again");
        }
    }
}

async fn look(shared: &Shared, missing: &mut HashMap<String, Instant>) -> Result<()> {
    let orphans =
        shared.pods.select(|pod| pods::node(pod).is_some_and(|node| shared.nodes.get(&Key::new("", node)).is_none()));
    let now = Instant::now();
    missing.retain(|node, _| orphans.iter().any(|pod| pods::node(pod) == Some(node)));
    let nodes: Api<Node> = Api::all(shared.client.clone());
    for pod in orphans {
        let node = pods::node(&pod).unwrap_or_default().to_owned();
        let since = *missing.entry(node.clone()).or_insert(now);
        if now.duration_since(since) < QUARANTINE || nodes.get_opt(&node).await?.is_some() {
            continue;
        }
        remove(shared, &pod).await?;
    }
    let mut ended = shared.pods.select(pods::is_finished);
    if ended.len() > ENDED_KEPT {
        ended.sort_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0));
        for pod in &ended[..ended.len() - ENDED_KEPT] {
            remove(shared, pod).await?;
        }
    }
    Ok(())
}

async fn remove(shared: &Shared, pod: &Pod) -> Result<()> {
    let api: Api<Pod> = Api::namespaced(shared.client.clone(), &pod.namespace().unwrap_or_default());
    let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
    match api.delete(&pod.name_any(), &at_once).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
