//! `NamespaceLifecycle`: nothing new in a namespace that is not there or is going, and the namespaces of the system stay.

use serde_json::{Value, json};

use super::{Attributes, Operation};
use crate::server::Server;
use crate::status::{Result, Status};

/// Namespaces that cannot be deleted.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

pub fn admit(server: &Server, attributes: &Attributes<'_>, new: &mut Value, _old: Option<&Value>) -> Result<()> {
    let kind = attributes.resource.kind;
    if attributes.operation != Operation::Create || !kind.namespaced {
        return Ok(());
    }
    // A server whose catalog has no namespaces (a region's own) takes any.
    let Some(namespaces) = server.catalog.get("", "v1", "namespaces") else { return Ok(()) };
    let namespace = attributes.context.info.namespace.as_str();
    let found = server.registry.get_value(&namespaces, None, namespace)?;
    if found["metadata"]["deletionTimestamp"].is_null() && found["status"]["phase"] != "Terminating" {
        return Ok(());
    }
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    let mut status = Status::forbidden(format!(
        "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
        crate::status::qualified(kind)
    ))
    .about(kind, name);
    status.details["causes"] = json!([{
        "reason": "NamespaceTerminating", "field": "metadata.namespace",
        "message": format!("namespace {namespace} is being terminated"),
    }]);
    Err(status)
}

pub fn admit_delete(attributes: &Attributes<'_>, old: &Value) -> Result<()> {
    let kind = attributes.resource.kind;
    let name = old["metadata"]["name"].as_str().unwrap_or_default();
    if kind.kind == "Namespace" && kind.group.is_empty() && IMMORTAL.contains(&name) {
        let message = format!("namespaces \"{name}\" is forbidden: this namespace may not be deleted");
        return Err(Status::forbidden(message).about(kind, name));
    }
    Ok(())
}
