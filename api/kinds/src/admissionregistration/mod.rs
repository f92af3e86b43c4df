//! Kinds of `admissionregistration.k8s.io`.

use serde_json::Value;

use crate::{Kind, columns};

mod mutating_admission_policy;
mod mutating_admission_policy_binding;
mod mutating_webhook_configuration;
mod policy;
mod rules;
mod validating_admission_policy;
mod validating_admission_policy_binding;
mod validating_webhook_configuration;
pub(crate) mod webhook;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[
    &mutating_admission_policy::KIND,
    &mutating_admission_policy_binding::KIND,
    &mutating_webhook_configuration::KIND,
    &validating_admission_policy::KIND,
    &validating_admission_policy_binding::KIND,
    &validating_webhook_configuration::KIND,
];

/// `v1/ConfigMap`: the kind of a policy's parameters.
fn param_kind(policy: &Value) -> String {
    let kind = &policy["spec"]["paramKind"];
    if kind.is_null() {
        return "<unset>".to_owned();
    }
    format!("{}/{}", columns::text(&kind["apiVersion"]), columns::text(&kind["kind"]))
}

/// `namespace/name` of a binding's parameters, `*` where any namespace may have them, or their selector.
fn param_ref(binding: &Value) -> String {
    let reference = &binding["spec"]["paramRef"];
    match (columns::text(&reference["namespace"]), columns::text(&reference["name"])) {
        (_, name) if name.is_empty() && reference["selector"].is_null() => "<unset>".to_owned(),
        (_, name) if name.is_empty() => columns::label_selector_text(&reference["selector"]),
        (namespace, name) if namespace.is_empty() => format!("*/{name}"),
        (namespace, name) => format!("{namespace}/{name}"),
    }
}
