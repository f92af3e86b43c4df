//! `create`.

use http::{Response, StatusCode};
use serde_json::Value;

use super::{Call, managers, object};
use crate::admission::{self, Operation};
use crate::body::Body;
use crate::registry::Create;
use crate::status::Result;

pub async fn create(call: &Call<'_>) -> Result<Response<Body>> {
    let object = object::of_body(call)?;
    with_object(call, object, true).await
}

/// Creates an object; `track` where its managers are not in it already.
pub async fn with_object(call: &Call<'_>, object: Value, track: bool) -> Result<Response<Body>> {
    let create = Create { resource: &call.resource, namespace: call.namespace(), object, dry_run: call.dry_run()? };
    let admit = |new: &mut Value| {
        let along = admission::admit(call.server, &call.attributes(Operation::Create), new, None)?;
        if track {
            managers::track(call, None, new);
        }
        Ok(along)
    };
    let (_, stored) = call.server.registry.create(create, admit).await?;
    call.render.object(StatusCode::CREATED, &stored)
}
