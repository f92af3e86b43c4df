//! The row of APIService.

use serde_json::Value;

use crate::{
    Column, Kind, NameRule, Subresource, columns, strategy,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Service", "Service behind the group, or Local.", |object, _| service(object).into()),
        Column::string("Available", "Whether it answers.", |object, _| available(object).into()),
        columns::AGE,
    ],
    name_rule: NameRule::PathSegment,
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    ..Kind::new("apiregistration.k8s.io", "v1", "APIService", "apiservices", "apiservice", false)
};

fn service(object: &Value) -> String {
    let service = &object["spec"]["service"];
    if service.is_null() {
        return "Local".to_owned();
    }
    format!("{}/{}", columns::text(&service["namespace"]), columns::text(&service["name"]))
}

fn available(object: &Value) -> String {
    let Some(condition) = columns::condition(&object["status"], "Available") else { return "Unknown".to_owned() };
    match (columns::text(&condition["status"]), columns::text(&condition["reason"])) {
        (status, reason) if status == "True" || reason.is_empty() => status,
        (status, reason) => format!("{status} ({reason})"),
    }
}

fn validate(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    let (group, version) = (spec.get("group"), spec.get("version"));
    let (name, expected) = (object.get("metadata").get("name"), format!("{}.{}", version.text(), group.text()));
    if name.text() != expected {
        errors.invalid(&name, &format!("must be `spec.version+\".\"+spec.group`: {expected:?}"));
    }
    if group.is_empty() && version.text() != "v1" {
        errors.required(&group, "only v1 may have an empty group and it better be legacy kube");
    }
    errors.rule_if_set(&group, names::subdomain);
    errors.rule(&version, names::label_1035);
    for (field, most) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1000)] {
        let priority = spec.get(field);
        let value = priority.int().unwrap_or(0);
        if !(1..=most).contains(&value) {
            errors.invalid_value(&priority.path, value, &format!("must be positive and less than {most}"));
        }
    }
    let (service, bundle, insecure) = (spec.get("service"), spec.get("caBundle"), spec.get("insecureSkipTLSVerify"));
    if !service.is_set() {
        if !bundle.is_empty() {
            let size = format!("{} bytes", crate::core::config_map::decoded_len(bundle.text()));
            errors.invalid_value(&bundle.path, size, "local APIServices may not have a caBundle");
        }
        if insecure.is_true() {
            errors.invalid(&insecure, "local APIServices may not have insecureSkipTLSVerify");
        }
        return;
    }
    errors.require(&service.get("namespace"));
    errors.require(&service.get("name"));
    let port = service.get("port");
    if port.int().is_some_and(|port| !(1..=65535).contains(&port)) {
        errors.invalid(&port, "port is not valid: must be between 1 and 65535, inclusive");
    }
    if insecure.is_true() && !bundle.is_empty() {
        errors.invalid(&insecure, "may not be true if caBundle is present");
    }
}
