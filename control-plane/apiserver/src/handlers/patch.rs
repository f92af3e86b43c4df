//! `patch`: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch and apply.

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use serde_json::Value;

use super::{Call, create, managers, object, update};
use crate::body::Body;
use crate::codec;
use crate::negotiate::Format;
use crate::status::{Result, Status};

/// The most operations of one JSON patch, as upstream has it.
const JSON_PATCH_OPERATIONS: usize = 10_000;

pub async fn patch(call: &Call<'_>) -> Result<Response<Body>> {
    let patch = Patch::read(call)?;
    let is_apply = matches!(patch, Patch::Apply(_));
    if let Patch::Apply(applied) = &patch {
        object::check_fields(call.context, call.resource.kind, applied, &[])?;
        let missing = call.server.registry.find(&call.resource, call.namespace(), call.name())?.is_none();
        // An apply makes what is not there, but for a part of it.
        if missing && call.context.info.subresource.is_empty() {
            let mut new = managers::apply(call, None, applied)?;
            new["metadata"]["name"] = call.name().into();
            return create::with_object(call, object::finish(call.resource.kind, new)?, false).await;
        }
    }
    let updated = update::change(call, !is_apply, |old| {
        let new = patch.apply(call, old)?;
        if !is_apply {
            object::check_fields(call.context, call.resource.kind, &new, &[])?;
        }
        Ok(new)
    })
    .await?;
    call.render.object(StatusCode::OK, &updated.stored)
}

/// A patch, read.
pub enum Patch {
    /// RFC 6902.
    Json(json_patch::Patch),
    /// RFC 7386.
    Merge(Value),
    /// Kubernetes' own.
    Strategic(Value),
    /// What a manager wants to be so (server-side apply).
    Apply(Value),
}

impl Patch {
    /// Reads the body by its media type.
    pub fn read(call: &Call<'_>) -> Result<Self> {
        let body = &call.context.body;
        let media_type = call.context.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        match media_type {
            "application/json-patch+json" => {
                let patch: json_patch::Patch = serde_json::from_slice(body)
                    .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
                if patch.0.len() > JSON_PATCH_OPERATIONS {
                    let message = format!(
                        "The allowed maximum operations in a JSON patch is {JSON_PATCH_OPERATIONS}, got {}",
                        patch.0.len()
                    );
                    return Err(Status::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message));
                }
                Ok(Self::Json(patch))
            }
            "application/merge-patch+json" => Ok(Self::Merge(codec::decode(Format::Json, body)?)),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic(codec::decode(Format::Json, body)?)),
            "application/apply-patch+yaml" => Ok(Self::Apply(codec::decode(Format::Yaml, body)?)),
            other => Err(Status::unsupported_media_type(format!(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, \
                 application/apply-patch+yaml, and not {other}"
            ))),
        }
    }

    /// The object with the patch applied.
    pub fn apply(&self, call: &Call<'_>, old: &Value) -> Result<Value> {
        let mut new = old.clone();
        match self {
            Self::Json(patch) => {
                json_patch::patch(&mut new, patch).map_err(|error| {
                    Status::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "Invalid",
                        format!("the server rejected our request due to an error in our request: {error}"),
                    )
                })?;
            }
            Self::Merge(patch) => json_patch::merge(&mut new, patch),
            Self::Strategic(patch) => new = crate::patch::strategic(call.resource.kind, old, patch)?,
            Self::Apply(applied) => new = managers::apply(call, Some(old), applied)?,
        }
        // A patch states no version of its own unless it sets one: then it must be the present one.
        let stated = match self {
            Self::Json(_) => new["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"],
            Self::Merge(patch) | Self::Strategic(patch) | Self::Apply(patch) => {
                !patch["metadata"]["resourceVersion"].is_null()
            }
        };
        if !stated && let Some(metadata) = new["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
        }
        for field in ["apiVersion", "kind"] {
            if new[field] != old[field] {
                return Err(Status::bad_request(format!("a patch cannot change {field}")));
            }
        }
        Ok(new)
    }
}
