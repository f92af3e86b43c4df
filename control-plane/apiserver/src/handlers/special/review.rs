//! Reviews: questions about tokens and permissions, answered and not kept.

use http::{Response, StatusCode};
use reks_auth::{Attributes, Decision, User};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body::Body;
use crate::handlers::{Call, object};
use crate::status::{Result, Status};

/// `tokenreviews`: whose a token is.
pub async fn token(call: &Call<'_>) -> Result<Response<Body>> {
    let mut review = object::of_body(call)?;
    let token = review["spec"]["token"].as_str().unwrap_or_default().to_owned();
    let audiences = strings(&review["spec"]["audiences"]);
    review["status"] = match call.server.access.token(&token, &audiences, call.server).await {
        Ok(Some((user, audiences))) => {
            json!({"authenticated": true, "user": user.authenticated(), "audiences": audiences})
        }
        Ok(None) => json!({"user": {}}),
        Err(status) => json!({"user": {}, "error": status.message}),
    };
    call.render.value(StatusCode::CREATED, with_metadata(review))
}

/// `selfsubjectreviews`: who asks.
pub fn own_user(call: &Call<'_>) -> Result<Response<Body>> {
    let mut review = object::of_body(call)?;
    review["metadata"]["creationTimestamp"] = call.server.registry.environment.timestamp().into();
    review["status"] = json!({"userInfo": call.context.user});
    call.render.value(StatusCode::CREATED, review)
}

/// `subjectaccessreviews` and its kin: whether someone may do something.
pub fn access(call: &Call<'_>) -> Result<Response<Body>> {
    let mut review = object::of_body(call)?;
    let spec = &review["spec"];
    let user = match call.resource.kind.kind {
        "SelfSubjectAccessReview" => call.context.user.clone(),
        _ => User {
            name: text(spec, "user").to_owned(),
            uid: text(spec, "uid").to_owned(),
            groups: strings(&spec["groups"]),
            extra: Deserialize::deserialize(&spec["extra"]).unwrap_or_default(),
        },
    };
    if user.name.is_empty() && user.groups.is_empty() {
        return Err(invalid(call, "spec.user", "at least one of user or group must be specified"));
    }
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    if resource.is_null() == path.is_null() {
        let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        return Err(invalid(call, "spec.resourceAttributes", why));
    }
    let own = call.namespace().unwrap_or_default();
    if call.resource.kind.namespaced && text(resource, "namespace") != own {
        return Err(invalid(call, "spec.resourceAttributes.namespace", "must match metadata.namespace"));
    }
    let attributes = Attributes {
        user: &user,
        verb: if resource.is_null() { text(path, "verb") } else { text(resource, "verb") },
        namespace: text(resource, "namespace"),
        group: text(resource, "group"),
        version: text(resource, "version"),
        resource: text(resource, "resource"),
        subresource: text(resource, "subresource"),
        name: text(resource, "name"),
        path: text(path, "path"),
    };
    let status = match call.server.access.decide(&attributes, call.server) {
        Decision::Allow(reason) => json!({"allowed": true, "reason": reason}),
        Decision::NoOpinion(reason) => json!({"allowed": false, "reason": reason}),
    };
    review["status"] = status;
    if review["status"]["reason"] == ""
        && let Some(status) = review["status"].as_object_mut()
    {
        status.remove("reason");
    }
    call.render.value(StatusCode::CREATED, with_metadata(review))
}

/// `selfsubjectrulesreviews`: everything that whoever asks may do in a namespace.
pub fn rules(call: &Call<'_>) -> Result<Response<Body>> {
    let mut review = object::of_body(call)?;
    let namespace = text(&review["spec"], "namespace").to_owned();
    let rules = call.server.access.rbac.rules_for(&call.context.user, &namespace);
    let (paths, resources): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| rule.resources.is_empty());
    let nodes = call.context.user.node().is_some();
    let mut status = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": nodes});
    if nodes {
        status["evaluationError"] = "node authorizer does not support user rule resolution".into();
    }
    review["status"] = status;
    call.render.value(StatusCode::CREATED, with_metadata(review))
}

/// A review has metadata, if empty.
fn with_metadata(mut review: Value) -> Value {
    if review["metadata"].is_null() {
        review["metadata"] = json!({});
    }
    review
}

fn invalid(call: &Call<'_>, field: &str, why: &str) -> Status {
    let error = reks_kinds::FieldError {
        field: field.to_owned(),
        reason: reks_kinds::Reason::Invalid,
        message: format!("Invalid value: null: {why}"),
    };
    Status::invalid(call.resource.kind, "", &[error])
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}
