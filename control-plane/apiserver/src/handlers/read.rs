//! `get`, `list` and `watch`.

use std::time::Duration;

use http::{Response, StatusCode};

use super::Call;
use crate::body::Body;
use crate::registry::{ListOptions, ResourceVersionMatch};
use crate::render;
use crate::selectors::{FieldSelector, LabelSelector};
use crate::status::{Result, Status};
use crate::watch::{Start, WatchRequest};

/// How long a watch lasts that says nothing, at least; up to twice as long, so that clients do not come back all at once.
const WATCH_SECONDS: u64 = 1800;

pub fn get(call: &Call<'_>) -> Result<Response<Body>> {
    let stored = call.server.registry.get(&call.resource, call.namespace(), call.name())?;
    call.render.object(StatusCode::OK, &stored)
}

pub fn list(call: &Call<'_>) -> Result<Response<Body>> {
    let list = call.server.registry.list(&call.resource, call.namespace(), &options(call)?)?;
    call.render.list(&list)
}

pub fn watch(call: &Call<'_>) -> Result<Response<Body>> {
    let info = &call.context.info;
    let options = options(call)?;
    let initial = info.param("sendInitialEvents");
    if initial.is_some() && info.param("resourceVersionMatch") != Some("NotOlderThan") {
        return Err(Status::invalid(
            call.resource.kind,
            "",
            &[reks_kinds::FieldError {
                field: "resourceVersionMatch".to_owned(),
                reason: reks_kinds::Reason::Forbidden,
                message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
                    .to_owned(),
            }],
        ));
    }
    let start = match (initial, options.revision) {
        (Some("true" | "1"), _) => Start::InitialEvents,
        (None, None) => Start::Present,
        (Some(_), None) => Start::After(call.server.registry.store.revision()),
        (_, Some(revision)) => Start::After(revision),
    };
    let seconds = match info.param("timeoutSeconds").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) {
        0 => WATCH_SECONDS + u64::from((call.server.registry.environment.uuid)().as_bytes()[0]) * WATCH_SECONDS / 256,
        seconds => seconds,
    };
    let request = WatchRequest {
        resource: call.resource.clone(),
        namespace: call.namespace().map(str::to_owned),
        options,
        start,
        bookmarks: info.flag("allowWatchBookmarks"),
        timeout: Duration::from_secs(seconds),
        render: call.render.clone(),
    };
    let frames = call.server.registry.watch(request)?;
    Ok(render::answer(StatusCode::OK, call.render.view.format, Body::Stream(frames)))
}

/// The list options of a query.
pub fn options(call: &Call<'_>) -> Result<ListOptions> {
    let info = &call.context.info;
    let number = |name: &str| match info.param(name).unwrap_or_default() {
        "" => Ok(0),
        text => text.parse::<u64>().map_err(|_| Status::bad_request(format!("invalid {name} value: {text}"))),
    };
    let mut fields =
        FieldSelector::parse(info.param("fieldSelector").unwrap_or_default(), call.resource.kind.field_names)?;
    // The old form `/watch/…/<name>` watches one object.
    if fields.name().is_none() && !info.name.is_empty() {
        fields = FieldSelector::parse(&format!("metadata.name={}", info.name), &[])?;
    }
    let revision_match = match info.param("resourceVersionMatch") {
        None | Some("" | "NotOlderThan") => ResourceVersionMatch::NotOlderThan,
        Some("Exact") => ResourceVersionMatch::Exact,
        Some(other) => {
            return Err(Status::bad_request(format!("resourceVersionMatch is Exact or NotOlderThan, and not {other}")));
        }
    };
    let limit = usize::try_from(number("limit")?).unwrap_or(usize::MAX);
    Ok(ListOptions {
        labels: LabelSelector::parse(info.param("labelSelector").unwrap_or_default())?,
        fields,
        limit: (limit > 0).then_some(limit),
        continue_token: info.param("continue").filter(|token| !token.is_empty()).map(str::to_owned),
        revision: Some(number("resourceVersion")?).filter(|revision| *revision > 0),
        revision_match,
    })
}
