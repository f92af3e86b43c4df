//! Roles and bindings: the default ones are made, and all are followed as they change.

use std::sync::Arc;

use reks_auth::policy;
use reks_auth::rbac::Kind;
use reks_store::{Event, EventKind, KeyRange, RangeRequest};
use serde_json::Value;

use crate::bootstrap::ensure;
use crate::registry::{Along, Endpoint, Update};
use crate::server::Server;
use crate::status::{Result, Status};
use crate::stored::Stored;

const GROUP: &str = "rbac.authorization.k8s.io";
const PREFIX: &str = "/registry/rbac.authorization.k8s.io/";

/// Makes the default policy's objects, and adds to those that are there what they lack.
///
/// # Errors
/// The store's failure.
pub async fn bootstrap(server: &Arc<Server>) -> Result<()> {
    for wanted in policy::objects() {
        let plural = match wanted["kind"].as_str() {
            Some("ClusterRole") => "clusterroles",
            Some("ClusterRoleBinding") => "clusterrolebindings",
            Some("Role") => "roles",
            _ => "rolebindings",
        };
        let Some(resource) = server.catalog.get(GROUP, "v1", plural) else { return Ok(()) };
        let name = wanted["metadata"]["name"].as_str().unwrap_or_default();
        let namespace = wanted["metadata"]["namespace"].as_str();
        let Some(existing) = server.registry.find(&resource, namespace, name)? else {
            ensure(server, (GROUP, "v1", plural), namespace, wanted.clone()).await?;
            continue;
        };
        if policy::reconciled(&existing.parse()?, &wanted).is_some() {
            let update = Update { resource: &resource, namespace, name, endpoint: Endpoint::Main, dry_run: false };
            let change = |old: &Value| Ok(policy::reconciled(old, &wanted).unwrap_or_else(|| old.clone()));
            server.registry.update(update, change, |_, _| Ok(Along::default())).await?;
        }
    }
    Ok(())
}

/// Takes in every role and binding, then follows their changes in the background. Returns when those that are there now are in.
///
/// # Errors
/// The store's failure.
pub fn follow(server: &Arc<Server>) -> Result<()> {
    let keys = KeyRange::prefix(PREFIX);
    let list = server.registry.store.range(&RangeRequest { keys: keys.clone(), revision: None, limit: None })?;
    for kv in &list.kvs {
        let object = Stored::read(kv)?.parse()?;
        if let Some((kind, ..)) = place(&kv.key) {
            server.access.rbac.upsert(kind, &object);
        }
    }
    let mut watch = server.registry.store.watch(keys, Some(list.revision + 1))?;
    let weak = Arc::downgrade(server);
    tokio::spawn(async move {
        // Ends with the store; what a follower that lags behind misses, the store replays.
        while let Ok(events) = watch.next().await {
            let Some(server) = weak.upgrade() else { return };
            for event in &events {
                if let Err(status) = take_in(&server, event) {
                    tracing::error!(message = status.message, "cannot read a role or binding");
                }
            }
        }
    });
    Ok(())
}

fn take_in(server: &Server, event: &Event) -> std::result::Result<(), Status> {
    let Some((kind, namespace, name)) = place(&event.kv.key) else { return Ok(()) };
    match event.kind {
        EventKind::Put => server.access.rbac.upsert(kind, &Stored::read(&event.kv)?.parse()?),
        EventKind::Delete => server.access.rbac.remove(kind, namespace, name),
    }
    Ok(())
}

/// Kind, namespace and name of a key.
fn place(key: &[u8]) -> Option<(Kind, &str, &str)> {
    let rest = std::str::from_utf8(key).ok()?.strip_prefix(PREFIX)?;
    let (plural, rest) = rest.split_once('/')?;
    let kind = Kind::of_plural(plural)?;
    Some(match kind {
        Kind::Role | Kind::RoleBinding => {
            let (namespace, name) = rest.split_once('/')?;
            (kind, namespace, name)
        }
        Kind::ClusterRole | Kind::ClusterRoleBinding => (kind, "", rest),
    })
}
