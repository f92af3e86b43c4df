//! Rules of pods' specs, shared by pods and by every kind with a template of pods
//! (`pkg/apis/core/validation/validation.go`, `ValidatePodSpec`).
//!
//! Fields that defaulting always fills are not required here: an object that reaches validation has them.

mod containers;
mod dns;
mod env;
mod probes;
mod qos;
pub(crate) mod resources;
pub(crate) mod scheduling;
mod security;
mod totals;
pub(crate) mod volumes;

pub(crate) use probes::port as probe_port;
pub use qos::{QosClass, qos_class};
pub use totals::{Resources, pod_limits, pod_requests};

use crate::validation::{At, Errors, metadata, names, selector};

/// What a spec stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within<'a> {
    /// A pod, by its name.
    Pod(&'a str),
    /// A template.
    Template,
}

/// A pod template: labels, annotations and the spec.
pub(crate) fn validate_template(template: &At<'_>, errors: &mut Errors) {
    // Upstream's paths leave `metadata` out here.
    let metadata_at = |name: &str| At { value: &template.value["metadata"][name], ..template.get(name) };
    selector::labels(&metadata_at("labels"), errors);
    metadata::annotations(&metadata_at("annotations"), errors);
    let spec = template.get("spec");
    validate(&spec, Within::Template, errors);
    let ephemeral = spec.get("ephemeralContainers");
    if !ephemeral.is_empty() {
        errors.forbidden(&ephemeral, "ephemeral containers not allowed in pod template");
    }
}

/// A pod's spec.
pub(crate) fn validate(spec: &At<'_>, within: Within<'_>, errors: &mut Errors) {
    let volumes = volumes::validate(&spec.get("volumes"), within, errors);
    resources::pod_claims(&spec.get("resourceClaims"), errors);
    containers::validate(spec, &volumes, within, errors);
    resources::of_pod(spec, errors);
    host(spec, within, errors);
    errors.one_of(&spec.get("restartPolicy"), &["Always", "OnFailure", "Never"]);
    errors.one_of(&spec.get("dnsPolicy"), &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    selector::labels(&spec.get("nodeSelector"), errors);
    security::of_pod(spec, errors);
    dns::validate(spec, errors);
    scheduling::validate(spec, errors);
    names_and_numbers(spec, errors);
    for alias in spec.get("hostAliases").items() {
        crate::validation::net::ip(&alias.get("ip"), errors);
        for hostname in alias.get("hostnames").items() {
            errors.rule(&hostname, names::subdomain);
        }
    }
    let os = spec.get("os");
    if os.is_set() {
        errors.required_one_of(&os.get("name"), &["linux", "windows"]);
    }
}

/// What follows from sharing the host's namespaces.
fn host(spec: &At<'_>, within: Within<'_>, errors: &mut Errors) {
    let host_network = spec.get("hostNetwork").is_true();
    if host_network {
        for container in spec.get("containers").items() {
            for port in container.get("ports").items() {
                let (host, own) = (port.get("hostPort"), port.get("containerPort"));
                let number = host.int().unwrap_or(0);
                let checked = within != Within::Template || number != 0;
                if checked && number != own.int().unwrap_or(0) {
                    errors.invalid_value(&host.path, number, "must match `containerPort` when `hostNetwork` is true");
                }
            }
        }
    }
    let host_users = spec.get("hostUsers");
    if host_users.is_set() && !host_users.is_true() {
        for (field, path) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
            if spec.get(field).is_true() {
                errors.forbidden(&spec.get(path), "when `hostUsers` is false");
            }
        }
    }
    let name = spec.get("hostnameOverride");
    if name.is_set() {
        if spec.get("setHostnameAsFQDN").is_true() {
            errors.forbidden(&name, "may not be specified when setHostnameAsFQDN is true");
        }
        if host_network {
            errors.forbidden(&name, "may not be specified when hostNetwork is true");
        }
        errors.too_long(&name, 64);
        errors.rule(&name, names::subdomain);
    }
}

fn names_and_numbers(spec: &At<'_>, errors: &mut Errors) {
    for field in ["serviceAccountName", "nodeName", "priorityClassName"] {
        errors.rule_if_set(&spec.get(field), names::subdomain);
    }
    for field in ["hostname", "subdomain"] {
        errors.rule_if_set(&spec.get(field), names::label);
    }
    let runtime_class = spec.get("runtimeClassName");
    if runtime_class.is_set() {
        errors.rule(&runtime_class, names::subdomain);
    }
    errors.in_range(&spec.get("activeDeadlineSeconds"), 1, i32::MAX.into());
    errors.one_of(&spec.get("preemptionPolicy"), &["PreemptLowerPriority", "Never"]);
}
