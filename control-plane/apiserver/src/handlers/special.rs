//! Subresources and reviews: requests whose answer is not just the object.

mod binding;
mod eviction;
mod finalize;
mod review;
mod scale;
mod token;

use http::Response;
use serde_json::Value;

use super::Call;
use crate::body::Body;
use crate::status::{Result, Status};

/// Answers by the resource and subresource.
pub async fn serve(call: &Call<'_>) -> Result<Response<Body>> {
    let info = &call.context.info;
    match (call.resource.kind.plural, info.subresource.as_str(), info.verb.as_str()) {
        ("bindings", "", "create") | ("pods", "binding", "create") => binding::create(call).await,
        ("pods", "eviction", "create") => eviction::create(call).await,
        ("namespaces", "finalize", "update") => finalize::update(call).await,
        ("certificatesigningrequests", "approval", "get" | "update" | "patch")
        | ("pods", "ephemeralcontainers" | "resize", "get" | "update" | "patch") => finalize::part(call).await,
        ("serviceaccounts", "token", "create") => token::create(call).await,
        ("tokenreviews", "", "create") => review::token(call).await,
        ("selfsubjectreviews", "", "create") => review::own_user(call),
        ("selfsubjectrulesreviews", "", "create") => review::rules(call),
        ("subjectaccessreviews" | "localsubjectaccessreviews" | "selfsubjectaccessreviews", "", "create") => {
            review::access(call)
        }
        (_, "scale", "get") => scale::get(call),
        (_, "scale", "update" | "patch") => scale::change(call).await,
        _ => Err(Status::method_not_allowed()),
    }
}

/// `Status` of success, as the answer to a create of something that is not kept.
fn success() -> Value {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}
