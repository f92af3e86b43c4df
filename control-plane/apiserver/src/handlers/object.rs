//! The object in a request's body.

use http::HeaderMap;
use reks_kinds::Kind;
use serde_json::Value;

use super::Call;
use crate::codec;
use crate::status::{Result, Status};

/// Decodes a body that must be an object of the call's kind.
pub fn of_body(call: &Call<'_>) -> Result<Value> {
    let kind = call.resource.kind;
    let object = decode(&call.context.headers, &call.context.body, (kind.group, kind.version, kind.kind))?;
    finish(kind, object)
}

/// Decodes a body that must be of a group, version and kind. A body that says neither is taken for it.
pub fn decode(headers: &HeaderMap, body: &[u8], expected: (&str, &str, &str)) -> Result<Value> {
    if body.is_empty() {
        return Err(Status::bad_request("the request has no body: send the object"));
    }
    let mut object = codec::decode(codec::format_of(headers)?, body)?;
    let (group, version, kind) = expected;
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let Some(map) = object.as_object_mut() else {
        return Err(Status::bad_request(format!("the body is not an object of kind {kind}")));
    };
    let text = |field: &str| map.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (stated_version, stated_kind) = (text("apiVersion"), text("kind"));
    if !stated_kind.is_empty() && stated_kind != kind || !stated_version.is_empty() && stated_version != api_version {
        return Err(Status::bad_request(format!(
            "{stated_kind} in version \"{stated_version}\" cannot be handled as a {kind}: the object provided is \
             unrecognized (must be of type {kind})"
        )));
    }
    map.insert("apiVersion".to_owned(), api_version.into());
    map.insert("kind".to_owned(), kind.into());
    Ok(object)
}

/// What holds for every new state of an object however it came: defaults, and no nulls.
pub fn finish(_kind: &Kind, mut object: Value) -> Result<Value> {
    remove_nulls(&mut object, 0)?;
    Ok(object)
}

/// The deepest nesting that is taken.
const DEPTH: usize = 100;

/// A null field is one that is not there.
fn remove_nulls(value: &mut Value, depth: usize) -> Result<()> {
    if depth > DEPTH {
        return Err(Status::bad_request(format!("the object is nested deeper than {DEPTH}")));
    }
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().try_for_each(|value| remove_nulls(value, depth + 1))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|value| remove_nulls(value, depth + 1)),
        _ => Ok(()),
    }
}
