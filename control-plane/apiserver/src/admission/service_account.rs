//! `ServiceAccount`: every pod has one, and its token where it looks for it.

use serde_json::{Value, json};

use super::{Attributes, Operation};
use crate::server::Server;
use crate::status::{Result, Status};

/// Where containers find the token.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Prefix of the volume's name.
const VOLUME_PREFIX: &str = "kube-api-access-";
/// Life of the token in seconds; the extra seven tell an issued token from one that a person asked for, as upstream has it.
const TOKEN_SECONDS: u32 = 3607;
/// Marks pods that come from a node's own files.
const MIRROR: &str = "kubernetes.io/config.mirror";

pub fn admit(server: &Server, attributes: &Attributes<'_>, new: &mut Value, _old: Option<&Value>) -> Result<()> {
    if !attributes.is(Operation::Create, "", "pods") || !new["metadata"]["annotations"][MIRROR].is_null() {
        return Ok(());
    }
    let kind = attributes.resource.kind;
    let pod = new["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let namespace = attributes.context.info.namespace.as_str();
    let forbidden = |why: String| {
        Status::forbidden(format!("pods \"{pod}\" is forbidden: error looking up service account {why}"))
            .about(kind, &pod)
    };
    let name = match new["spec"]["serviceAccountName"].as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "default".to_owned(),
    };
    new["spec"]["serviceAccountName"] = name.clone().into();
    new["spec"]["serviceAccount"] = name.clone().into();
    let Some(accounts) = server.catalog.get("", "v1", "serviceaccounts") else { return Ok(()) };
    let account = server
        .registry
        .find(&accounts, Some(namespace), &name)?
        .ok_or_else(|| forbidden(format!("{namespace}/{name}: serviceaccount \"{name}\" not found")))?
        .parse()?;
    if new["spec"]["imagePullSecrets"].as_array().is_none_or(Vec::is_empty)
        && let Some(secrets) = account["imagePullSecrets"].as_array().filter(|secrets| !secrets.is_empty())
    {
        new["spec"]["imagePullSecrets"] = json!(secrets);
    }
    let wanted = new["spec"]["automountServiceAccountToken"]
        .as_bool()
        .or(account["automountServiceAccountToken"].as_bool())
        .unwrap_or(true);
    if wanted {
        mount_token(server, &mut new["spec"]);
    }
    Ok(())
}

fn mount_token(server: &Server, spec: &mut Value) {
    let random = (server.registry.environment.uuid)();
    let volume = crate::registry::generate_name(VOLUME_PREFIX, random);
    let mut used = false;
    for list in ["initContainers", "containers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let mounts = &mut container["volumeMounts"];
            if !mounts.is_array() {
                *mounts = json!([]);
            }
            let Some(mounts) = mounts.as_array_mut() else { continue };
            if !mounts.iter().any(|mount| mount["mountPath"] == MOUNT_PATH) {
                mounts.push(json!({"name": volume, "readOnly": true, "mountPath": MOUNT_PATH}));
                used = true;
            }
        }
    }
    // A pod without a container that needs it gets no volume; `spec[list]` above may have made nulls, which are removed.
    if let Some(map) = spec.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    if !used {
        return;
    }
    if !spec["volumes"].is_array() {
        spec["volumes"] = json!([]);
    }
    if let Some(volumes) = spec["volumes"].as_array_mut() {
        volumes.push(json!({"name": volume, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{
                "path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
            }]}},
        ]}}));
    }
}
