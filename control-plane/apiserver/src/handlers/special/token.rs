//! `serviceaccounts/token`: issues a token for an account (`authentication.k8s.io/v1` TokenRequest).

use http::{Response, StatusCode};
use jiff::Timestamp;
use reks_auth::service_account::{Private, Reference};
use serde_json::{Value, json};

use crate::body::Body;
use crate::handlers::{Call, object};
use crate::status::{Result, Status};

/// Seconds that a token may live at least, as upstream has it.
const SHORTEST: i64 = 600;
/// Seconds that a token may live at most, as upstream's validation has it.
const LONGEST: i64 = 1 << 32;
/// Seconds that a token lives that asks for none.
const DEFAULT: i64 = 3_600;

pub async fn create(call: &Call<'_>) -> Result<Response<Body>> {
    let context = call.context;
    let mut request = object::decode(&context.headers, &context.body, ("authentication.k8s.io", "v1", "TokenRequest"))?;
    let Some(tokens) = &call.server.access.tokens else { return Err(Status::no_such_path()) };
    let seconds = request["spec"]["expirationSeconds"].as_i64().unwrap_or(DEFAULT);
    if !(SHORTEST..=LONGEST).contains(&seconds) {
        let why = if seconds < SHORTEST {
            "may not specify a duration less than 10 minutes"
        } else {
            "may not specify a duration larger than 2^32 seconds"
        };
        let error = reks_kinds::FieldError {
            field: "spec.expirationSeconds".to_owned(),
            reason: reks_kinds::Reason::Invalid,
            message: format!("Invalid value: {seconds}: {why}"),
        };
        return Err(Status::invalid(call.resource.kind, call.name(), &[error]));
    }
    let account = call.server.registry.get_value(&call.resource, call.namespace(), call.name())?;
    let mut private = Private {
        namespace: call.namespace().unwrap_or_default().to_owned(),
        serviceaccount: reference(&account),
        pod: None,
        secret: None,
        node: None,
        warnafter: None,
    };
    bind(call, &request["spec"]["boundObjectRef"], &mut private)?;
    let audiences: Vec<String> = request["spec"]["audiences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect();
    let now = (call.server.registry.environment.now)().as_second();
    let id = (call.server.registry.environment.uuid)().to_string();
    let token = tokens.issue(private, &audiences, now, seconds, id).map_err(Status::internal)?;
    let ends = Timestamp::from_second(now + seconds).map_err(Status::internal)?;
    request["spec"]["audiences"] = json!(if audiences.is_empty() { tokens.audiences() } else { &audiences });
    request["spec"]["expirationSeconds"] = seconds.into();
    request["metadata"]["name"] = call.name().into();
    request["metadata"]["namespace"] = call.namespace().unwrap_or_default().into();
    request["metadata"]["creationTimestamp"] = call.server.registry.environment.timestamp().into();
    request["status"] = json!({"token": token, "expirationTimestamp": ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()});
    call.render.value(StatusCode::CREATED, request)
}

fn reference(object: &Value) -> Reference {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    Reference { name: text("name"), uid: text("uid") }
}

/// Binds the token to what the request names.
fn bind(call: &Call<'_>, wanted: &Value, private: &mut Private) -> Result<()> {
    if wanted.is_null() {
        return Ok(());
    }
    let (kind, name) = (wanted["kind"].as_str().unwrap_or_default(), wanted["name"].as_str().unwrap_or_default());
    let find = |plural: &str, namespace: Option<&str>, name: &str| {
        let resource = call.server.catalog.get("", "v1", plural).ok_or_else(Status::no_such_path)?;
        call.server.registry.get_value(&resource, namespace, name)
    };
    let plural = match kind {
        "Pod" => "pods",
        "Secret" => "secrets",
        "Node" => "nodes",
        other => {
            return Err(Status::bad_request(format!(
                "cannot bind token for serviceaccount \"{}\" to type {other}: it is a Pod, a Secret or a Node",
                call.name()
            )));
        }
    };
    let namespace = if kind == "Node" { None } else { call.namespace() };
    let object = find(plural, namespace, name)?;
    let uid = wanted["uid"].as_str().unwrap_or_default();
    let found = reference(&object);
    if !uid.is_empty() && uid != found.uid {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(Status::conflict(call.resource.kind, name, &why));
    }
    match kind {
        "Pod" => {
            let own = object["spec"]["serviceAccountName"].as_str().unwrap_or_default();
            if own != call.name() {
                return Err(Status::bad_request(format!(
                    "cannot bind token for serviceaccount \"{}\" to pod running with different serviceaccount name.",
                    call.name()
                )));
            }
            let node = object["spec"]["nodeName"].as_str().unwrap_or_default();
            if !node.is_empty()
                && let Ok(node) = find("nodes", None, node)
            {
                private.node = Some(reference(&node));
            }
            private.pod = Some(found);
        }
        "Secret" => private.secret = Some(found),
        _ => private.node = Some(found),
    }
    Ok(())
}
