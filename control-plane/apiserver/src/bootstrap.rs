//! What is there before anyone asks: the namespaces of the system, its priority classes and the `kubernetes` Service.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::registry::{Along, Create};
use crate::server::Server;
use crate::services;
use crate::status::{Result, Status};

/// Namespaces that every cluster has.
const NAMESPACES: &[&str] = &["default", "kube-system", "kube-public", "kube-node-lease"];
/// Priority classes that every cluster has: name, value, description.
const PRIORITY_CLASSES: &[(&str, u32, &str)] = &[
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

/// Creates what is missing.
///
/// # Errors
/// The store's failure.
pub async fn bootstrap(server: &Arc<Server>) -> Result<()> {
    for name in NAMESPACES {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        ensure(server, ("", "v1", "namespaces"), None, object).await?;
    }
    for (name, value, description) in PRIORITY_CLASSES {
        let object = json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority",
        });
        ensure(server, ("scheduling.k8s.io", "v1", "priorityclasses"), None, object).await?;
    }
    if let Some(network) = server.options.service_network {
        let object = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"component": "apiserver", "provider": "kubernetes"},
            },
            "spec": {
                "type": "ClusterIP", "clusterIP": network.at(1).to_string(), "sessionAffinity": "None",
                "internalTrafficPolicy": "Cluster",
                "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 443}],
            },
        });
        ensure(server, ("", "v1", "services"), Some("default"), object).await?;
    }
    Ok(())
}

/// Creates an object unless it is there.
///
/// # Errors
/// The store's failure, or `Invalid`.
pub async fn ensure(
    server: &Arc<Server>,
    (group, version, plural): (&str, &str, &str),
    namespace: Option<&str>,
    object: Value,
) -> Result<()> {
    let Some(resource) = server.catalog.get(group, version, plural) else { return Ok(()) };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if server.registry.find(&resource, namespace, name)?.is_some() {
        return Ok(());
    }
    let create = Create { resource: &resource, namespace, object, dry_run: false };
    let admit = |new: &mut Value| match (&server.options.service_network, plural) {
        (Some(network), "services") => services::allocate(server, network, new, None),
        _ => Ok(Along::default()),
    };
    match server.registry.create(create, admit).await {
        Ok(_) => Ok(()),
        Err(Status { reason: "AlreadyExists", .. }) => Ok(()),
        Err(status) => Err(status),
    }
}
