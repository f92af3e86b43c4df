//! `update` of an object and of its status.

use http::{Response, StatusCode};
use serde_json::Value;

use super::{Call, create, managers, object};
use crate::admission::{self, Operation};
use crate::body::Body;
use crate::registry::{Endpoint, Update, Updated};
use crate::status::{Result, Status};

pub async fn update(call: &Call<'_>) -> Result<Response<Body>> {
    let object = object::of_body(call)?;
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if name != call.name() {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.name()
        )));
    }
    // A few kinds may be created by an update: the name is all that their writers know.
    let missing =
        || -> Result<bool> { Ok(call.server.registry.find(&call.resource, call.namespace(), call.name())?.is_none()) };
    if call.resource.kind.create_on_update && call.context.info.subresource.is_empty() && missing()? {
        return create::create(call).await;
    }
    let updated = change(call, true, |_| Ok(object.clone())).await?;
    call.render.object(StatusCode::OK, &updated.stored)
}

/// Changes the call's object, through admission; `track` where `change` has not recorded who manages what.
pub async fn change(call: &Call<'_>, track: bool, mut change: impl FnMut(&Value) -> Result<Value>) -> Result<Updated> {
    let endpoint = if call.context.info.subresource == "status" { Endpoint::Status } else { Endpoint::Main };
    let update = Update {
        resource: &call.resource,
        namespace: call.namespace(),
        name: call.name(),
        endpoint,
        dry_run: call.dry_run()?,
    };
    let kind = call.resource.kind;
    let finished = |old: &Value| object::finish(kind, change(old)?);
    let admit = |new: &mut Value, old: &Value| {
        let along = admission::admit(call.server, &call.attributes(Operation::Update), new, Some(old))?;
        if track {
            managers::track(call, Some(old), new);
        }
        Ok(along)
    };
    let updated = call.server.registry.update(update, finished, admit).await?;
    Ok(updated)
}
