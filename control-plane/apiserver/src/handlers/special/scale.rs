//! `scale`: the replicas of whatever has some, as `autoscaling/v1` Scale.

use http::{Response, StatusCode};
use reks_kinds::{FieldError, Reason, Subresource};
use serde_json::{Value, json};

use crate::body::Body;
use crate::handlers::patch::Patch;
use crate::handlers::{Call, object, update};
use crate::status::{Result, Status};

pub fn get(call: &Call<'_>) -> Result<Response<Body>> {
    let object = call.server.registry.get_value(&call.resource, call.namespace(), call.name())?;
    call.render.value(StatusCode::OK, scale_of(call, &object))
}

pub async fn change(call: &Call<'_>) -> Result<Response<Body>> {
    let wish = if call.context.info.verb == "patch" {
        Err(Patch::read(call)?)
    } else {
        Ok(object::decode(&call.context.headers, &call.context.body, ("autoscaling", "v1", "Scale"))?)
    };
    let path = paths(call).0;
    let updated = update::change(call, true, |old| {
        let wanted = match &wish {
            Ok(scale) => scale.clone(),
            Err(patch) => patch.apply(call, &scale_of(call, old))?,
        };
        let replicas = wanted["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
            let error = FieldError { field: "spec.replicas".to_owned(), reason: Reason::Invalid, message };
            return Err(Status::invalid(call.resource.kind, call.name(), &[error]));
        }
        let mut new = old.clone();
        new["metadata"]["resourceVersion"] = wanted["metadata"]["resourceVersion"].clone();
        *at_mut(&mut new, path) = replicas.into();
        Ok(new)
    })
    .await?;
    call.render.value(StatusCode::OK, scale_of(call, &updated.object))
}

fn paths(call: &Call<'_>) -> (&'static str, &'static str, &'static str) {
    let found = call.resource.kind.subresources.iter().find_map(|sub| match *sub {
        Subresource::Scale { spec, status, selector } => Some((spec, status, selector)),
        _ => None,
    });
    found.unwrap_or(("spec.replicas", "status.replicas", "spec.selector"))
}

fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.trim_start_matches('.').split('.').fold(object, |value, part| &value[part])
}

fn at_mut<'a>(object: &'a mut Value, path: &str) -> &'a mut Value {
    path.trim_start_matches('.').split('.').fold(object, |value, part| &mut value[part])
}

fn scale_of(call: &Call<'_>, object: &Value) -> Value {
    let (spec, status, selector) = paths(call);
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {},
        "spec": {"replicas": at(object, spec).as_i64().unwrap_or(0)},
        "status": {"replicas": at(object, status).as_i64().unwrap_or(0)},
    });
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if !object["metadata"][field].is_null() {
            scale["metadata"][field] = object["metadata"][field].clone();
        }
    }
    let text = crate::selectors::to_query(at(object, selector));
    if !text.is_empty() {
        scale["status"]["selector"] = text.into();
    }
    scale
}
