//! `delete` and `deletecollection`.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Call, read};
use crate::admission::{self, Operation};
use crate::body::Body;
use crate::codec;
use crate::registry::{DeleteOptions, Deleted};
use crate::status::Result;

pub async fn one(call: &Call<'_>) -> Result<Response<Body>> {
    match delete(call, call.name(), call.namespace(), &options(call)?).await? {
        Deleted::Gone(object) => call.render.value(StatusCode::OK, success(call, &object)),
        Deleted::Waiting(_, stored) => call.render.object(StatusCode::OK, &stored),
    }
}

pub async fn collection(call: &Call<'_>) -> Result<Response<Body>> {
    let options = options(call)?;
    let list = call.server.registry.list(&call.resource, call.namespace(), &read::options(call)?)?;
    for stored in &list.items {
        let object = stored.parse()?;
        let text = |field: &str| object["metadata"][field].as_str();
        match delete(call, text("name").unwrap_or_default(), text("namespace"), &options).await {
            Ok(_) => {}
            // Someone else was faster: gone is what was asked for.
            Err(status) if status.reason == "NotFound" => {}
            Err(status) => return Err(status),
        }
    }
    call.render.list(&list)
}

/// Deletes one object through admission.
pub async fn delete(call: &Call<'_>, name: &str, namespace: Option<&str>, options: &DeleteOptions) -> Result<Deleted> {
    let admit = |old: &Value| admission::admit_delete(call.server, &call.attributes(Operation::Delete), old);
    call.server.registry.delete(&call.resource, namespace, name, options, admit).await
}

/// The options of the body and the query.
pub fn options(call: &Call<'_>) -> Result<DeleteOptions> {
    let body = match call.context.body.as_ref() {
        [] => Value::Null,
        bytes => codec::decode(codec::format_of(&call.context.headers)?, bytes)?,
    };
    let options = DeleteOptions::read(&body, |name| call.context.info.param(name).map(str::to_owned))?;
    Ok(options)
}

fn success(call: &Call<'_>, object: &Value) -> Value {
    let mut details = json!({
        "name": object["metadata"]["name"], "kind": call.resource.kind.plural, "uid": object["metadata"]["uid"],
    });
    if !call.resource.kind.group.is_empty() {
        details["group"] = call.resource.kind.group.into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
