//! Who manages which fields (Kubernetes, "Server-Side Apply").

use http::header::USER_AGENT;
use http::{HeaderMap, StatusCode};
use reks_schema::{ApplyError, Change, Table};
use serde_json::{Value, json};

use super::Call;
use crate::request::RequestInfo;
use crate::status::{Result, Status};

/// The longest name of a manager, as upstream has it.
const LONGEST: usize = 128;
/// What the object itself cannot set where the kind has a status, and what a status cannot set.
const NO_STATUS: &[&[&str]] = &[&["status"]];
const NO_SPEC: &[&[&str]] = &[&["spec"], &["metadata"]];

/// Records who set which fields, after a change that is no apply.
pub fn track(call: &Call<'_>, old: Option<&Value>, new: &mut Value) {
    with_change(call, |change| reks_schema::track_update(change, old, new));
}

/// Applies what a manager wants.
pub fn apply(call: &Call<'_>, old: Option<&Value>, applied: &Value) -> Result<Value> {
    if call.context.info.param("fieldManager").unwrap_or_default().is_empty() {
        return Err(Status::bad_request(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ));
    }
    if !matches!(call.context.info.subresource.as_str(), "" | "status") {
        return Err(Status::unsupported_media_type("this subresource takes no apply patch yet: send a merge patch"));
    }
    let force = call.context.info.flag("force");
    let applied = with_change(call, |change| reks_schema::server_side_apply(change, old, applied, force));
    let Some(applied) = applied else {
        let message =
            format!("{} takes no apply patch: it has no schema", crate::status::qualified(call.resource.kind));
        return Err(Status::unsupported_media_type(message));
    };
    applied.map_err(|error| match &error {
        ApplyError::Conflicts(conflicts) => {
            let mut status = Status::new(StatusCode::CONFLICT, "Conflict", error.to_string());
            let cause = |conflict: &reks_schema::Conflict| {
                json!({
                    "reason": "FieldManagerConflict", "message": format!("conflict with {}", conflict.manager),
                    "field": conflict.field,
                })
            };
            status.details = json!({"causes": conflicts.iter().map(cause).collect::<Vec<_>>()});
            status
        }
        _ => Status::bad_request(error.to_string()),
    })
}

/// The change that a call makes; none for a kind without a schema, whose managers nobody records.
fn with_change<T>(call: &Call<'_>, work: impl FnOnce(&Change<'_>) -> T) -> Option<T> {
    let kind = call.resource.kind;
    let table = Table::builtin();
    let ty = table.kind(kind.group, kind.version, kind.kind)?;
    let (info, headers) = (&call.context.info, &call.context.headers);
    let reset = match info.subresource.as_str() {
        "status" => NO_SPEC,
        _ if kind.has_status() => NO_STATUS,
        _ => &[],
    };
    Some(work(&Change {
        table,
        ty,
        api_version: &kind.api_version(),
        manager: &manager(info, headers),
        subresource: &info.subresource,
        now: &call.server.registry.environment.timestamp(),
        reset,
    }))
}

/// The name that a request gives, or else the program's by its `User-Agent`.
fn manager(info: &RequestInfo, headers: &HeaderMap) -> String {
    let agent = || {
        let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        agent.split('/').next().unwrap_or_default().to_owned()
    };
    let name = info.param("fieldManager").filter(|name| !name.is_empty()).map_or_else(agent, str::to_owned);
    name.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
