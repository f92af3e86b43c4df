//! `pods/binding` (and the old `bindings`): gives a pod its node.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::success;
use crate::body::Body;
use crate::handlers::{Call, object};
use crate::registry::{Along, Endpoint, Update};
use crate::status::{Result, Status};

pub async fn create(call: &Call<'_>) -> Result<Response<Body>> {
    let context = call.context;
    let binding = object::decode(&context.headers, &context.body, ("", "v1", "Binding"))?;
    let name = match context.info.name.as_str() {
        "" => binding["metadata"]["name"].as_str().unwrap_or_default(),
        name => name,
    };
    let node = binding["target"]["name"].as_str().unwrap_or_default();
    if node.is_empty() {
        return Err(Status::bad_request("binding has no target.name: name the node"));
    }
    let pods = call.server.catalog.get("", "v1", "pods").ok_or_else(Status::no_such_path)?;
    let now = call.server.registry.environment.timestamp();
    let uid = binding["metadata"]["uid"].as_str().filter(|uid| !uid.is_empty());
    let change = |old: &Value| {
        let conflict = |why: String| Status::conflict(pods.kind, name, &why);
        if let Some(uid) = uid.filter(|uid| old["metadata"]["uid"] != **uid) {
            let own = old["metadata"]["uid"].as_str().unwrap_or_default();
            return Err(conflict(format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {own}"
            )));
        }
        if !old["metadata"]["deletionTimestamp"].is_null() {
            return Err(conflict(format!("pod {name} is being deleted, cannot be assigned to a host")));
        }
        if let Some(assigned) = old["spec"]["nodeName"].as_str().filter(|node| !node.is_empty()) {
            return Err(conflict(format!("pod {name} is already assigned to node \"{assigned}\"")));
        }
        if old["spec"]["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) {
            return Err(conflict(format!("pod {name} has non-empty .spec.schedulingGates")));
        }
        let mut new = old.clone();
        new["spec"]["nodeName"] = node.into();
        for (key, value) in binding["metadata"]["annotations"].as_object().into_iter().flatten() {
            new["metadata"]["annotations"][key] = value.clone();
        }
        for (key, value) in binding["metadata"]["labels"].as_object().into_iter().flatten() {
            new["metadata"]["labels"][key] = value.clone();
        }
        let condition =
            json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now});
        set_condition(&mut new["status"]["conditions"], condition);
        Ok(new)
    };
    let update = Update {
        resource: &pods,
        namespace: call.context.info.namespace(),
        name,
        endpoint: Endpoint::Special,
        dry_run: call.dry_run()?,
    };
    call.server.registry.update(update, change, |_, _| Ok(Along::default())).await?;
    call.render.value(StatusCode::CREATED, success())
}

/// Puts a condition in the place of the one of its type.
fn set_condition(conditions: &mut Value, condition: Value) {
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    if let Some(list) = conditions.as_array_mut() {
        match list.iter_mut().find(|one| one["type"] == condition["type"]) {
            Some(one) => *one = condition,
            None => list.push(condition),
        }
    }
}
