//! Subresources that take the whole object and change one part of it.

use http::{Response, StatusCode};
use serde_json::Value;

use crate::body::Body;
use crate::handlers::patch::Patch;
use crate::handlers::{Call, object};
use crate::registry::{Along, Endpoint, Update};
use crate::status::{Result, Status};

/// `namespaces/finalize`: changes `spec.finalizers` alone.
pub async fn update(call: &Call<'_>) -> Result<Response<Body>> {
    part(call).await
}

/// Reads or changes the part of the object that the subresource is about.
pub async fn part(call: &Call<'_>) -> Result<Response<Body>> {
    let paths: &[&[&str]] = match call.context.info.subresource.as_str() {
        "finalize" => &[&["spec", "finalizers"]],
        "approval" => &[&["status", "conditions"]],
        "ephemeralcontainers" => &[&["spec", "ephemeralContainers"]],
        // Which resources may change is the pod's own rule, as is what follows from it.
        "resize" => &[&["spec", "containers"], &["spec", "initContainers"]],
        _ => return Err(Status::no_such_path()),
    };
    if call.context.info.verb == "get" {
        let stored = call.server.registry.get(&call.resource, call.namespace(), call.name())?;
        return call.render.object(StatusCode::OK, &stored);
    }
    let wish = Wish::read(call)?;
    let change = |old: &Value| {
        let wanted = object::finish(call.resource.kind, wish.apply(call, old)?)?;
        if let Some(rules) = call.resource.kind.rules_of(&call.context.info.subresource) {
            let mut new = wanted;
            (rules.prepare)(&mut new, old);
            let errors = (rules.validate)(&new, old);
            return if errors.is_empty() {
                Ok(new)
            } else {
                Err(Status::invalid(call.resource.kind, call.name(), &errors))
            };
        }
        let mut new = old.clone();
        for [head, tail] in paths.iter().filter_map(|path| <&[&str; 2]>::try_from(*path).ok()) {
            match (&wanted[head][tail], new[head].as_object_mut()) {
                (Value::Null, Some(map)) => {
                    map.remove(*tail);
                }
                (Value::Null, None) => {}
                (value, _) => new[head][tail] = value.clone(),
            }
        }
        if let Some(revision) = wanted["metadata"]["resourceVersion"].as_str() {
            new["metadata"]["resourceVersion"] = revision.into();
        } else if let Some(metadata) = new["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
        }
        Ok(new)
    };
    let update = Update {
        resource: &call.resource,
        namespace: call.namespace(),
        name: call.name(),
        endpoint: Endpoint::Special,
        dry_run: call.dry_run()?,
    };
    let updated = call.server.registry.update(update, change, |_, _| Ok(Along::default())).await?;
    call.render.object(StatusCode::OK, &updated.stored)
}

/// The whole object, or a patch of it.
enum Wish {
    Object(Value),
    Patch(Patch),
}

impl Wish {
    fn read(call: &Call<'_>) -> Result<Self> {
        if call.context.info.verb == "patch" {
            Patch::read(call).map(Self::Patch)
        } else {
            object::of_body(call).map(Self::Object)
        }
    }

    fn apply(&self, call: &Call<'_>, old: &Value) -> Result<Value> {
        match self {
            Self::Object(object) => Ok(object.clone()),
            Self::Patch(patch) => patch.apply(call, old),
        }
    }
}
