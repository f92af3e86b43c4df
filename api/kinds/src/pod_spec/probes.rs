//! Rules of probes and of hooks around a container's life.

use super::containers::Scope;
use crate::validation::{At, Errors, names};

/// The probes and hooks of a container that may have them.
pub(super) fn all(container: &At<'_>, scope: &Scope<'_>, errors: &mut Errors) {
    let lifecycle = container.get("lifecycle");
    for hook in ["postStart", "preStop"] {
        let hook = lifecycle.get(hook);
        if hook.is_set() {
            handler(&hook, scope.grace_seconds, errors);
        }
    }
    let signal = lifecycle.get("stopSignal");
    if signal.is_set() && scope.os.is_empty() {
        errors.forbidden(&signal, "may not be set for containers with empty `spec.os.name`");
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let at = container.get(name);
        if at.is_set() {
            probe(&at, name, scope, errors);
        }
    }
}

fn probe(at: &At<'_>, name: &str, scope: &Scope<'_>, errors: &mut Errors) {
    handler(at, scope.grace_seconds, errors);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        errors.not_negative(&at.get(field));
    }
    let grace = at.get("terminationGracePeriodSeconds");
    if grace.int().is_some_and(|seconds| seconds <= 0) {
        errors.invalid(&grace, "must be greater than 0");
    }
    if name == "readinessProbe" {
        if grace.is_set() {
            errors.invalid(&grace, "must not be set for readinessProbes");
        }
        return;
    }
    let successes = at.get("successThreshold");
    if successes.int().is_some_and(|count| count != 1) {
        errors.invalid(&successes, "must be 1");
    }
}

/// Exactly one way to act.
fn handler(at: &At<'_>, grace_seconds: Option<i64>, errors: &mut Errors) {
    let mut found = false;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let action = at.get(kind);
        if !action.is_set() {
            continue;
        }
        if found {
            errors.forbidden(&action, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match kind {
            "exec" => {
                errors.require(&action.get("command"));
            }
            "httpGet" => http_get(&action, errors),
            "sleep" => sleep(&action, grace_seconds, errors),
            _ => port(&action.get("port"), errors),
        }
    }
    if !found {
        errors.required(at, "must specify a handler type");
    }
}

fn http_get(action: &At<'_>, errors: &mut Errors) {
    errors.require(&action.get("path"));
    port(&action.get("port"), errors);
    errors.one_of(&action.get("scheme"), &["HTTP", "HTTPS"]);
    let headers = action.get("httpHeaders");
    for header in headers.items() {
        let name = header.get("name").text();
        for message in names::http_header(name) {
            errors.invalid_value(&headers.path, name, &message);
        }
    }
}

fn sleep(action: &At<'_>, grace_seconds: Option<i64>, errors: &mut Errors) {
    let seconds = action.get("seconds").int().unwrap_or(0);
    if let Some(grace) = grace_seconds
        && !(0..=grace).contains(&seconds)
    {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid_value(&action.path, seconds, &detail);
    }
}

/// A port by its number or its name.
pub(crate) fn port(at: &At<'_>, errors: &mut Errors) {
    if at.value.is_string() {
        errors.rule(at, names::port_name);
    } else if !(1..=65535).contains(&at.int().unwrap_or(0)) {
        errors.invalid_value(&at.path, at.int().unwrap_or(0), "must be between 1 and 65535, inclusive");
    }
}
