//! `create`.

use http::{Response, StatusCode};

use super::{Call, object};
use crate::admission::{self, Operation};
use crate::body::Body;
use crate::registry::Create;
use crate::status::Result;

pub async fn create(call: &Call<'_>) -> Result<Response<Body>> {
    let object = object::of_body(call)?;
    let create = Create { resource: &call.resource, namespace: call.namespace(), object, dry_run: call.dry_run()? };
    let (_, stored) = call
        .server
        .registry
        .create(create, |new| admission::admit(call.server, &call.attributes(Operation::Create), new, None))
        .await?;
    call.render.object(StatusCode::CREATED, &stored)
}
