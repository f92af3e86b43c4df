//! Rules of the metrics that autoscalers follow.

use crate::{
    quantity::Quantity,
    validation::{At, Errors, names},
};

/// Kinds of metrics and the fields that hold them, in the order in which upstream looks.
const SOURCES: &[(&str, &str)] = &[
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

/// A list of metrics.
pub(super) fn validate(metrics: &At<'_>, errors: &mut Errors) {
    const KINDS: &[&str] = &["ContainerResource", "External", "Object", "Pods", "Resource"];
    for metric in metrics.items() {
        let kind = metric.get("type");
        if kind.is_empty() {
            errors.required(&kind, "must specify a metric source type");
        }
        if !KINDS.contains(&kind.text()) {
            errors.not_supported(&kind, KINDS);
        }
        let present: Vec<_> = SOURCES.iter().filter(|(_, field)| metric.get(field).is_set()).collect();
        if let Some((first, field)) = present.first() {
            source(first, &metric.get(field), errors);
        }
        for (other, field) in SOURCES {
            let wanted = kind.text() == *other;
            if wanted && !metric.get(field).is_set() {
                errors.required(&metric.get(field), "must populate information for the given metric source");
            } else if !wanted && metric.get(field).is_set() && present.len() > 1 {
                errors.forbidden(&metric.get(field), "must populate the given metric source only");
            }
        }
    }
}

fn source(kind: &str, at: &At<'_>, errors: &mut Errors) {
    let target = at.get("target");
    let (value, average, utilization) =
        (target.get("value"), target.get("averageValue"), target.get("averageUtilization"));
    match kind {
        "Object" | "External" | "Pods" => {
            if kind == "Object" {
                super::object_reference(&at.get("describedObject"), errors);
            }
            let name = at.get("metric").get("name");
            if name.is_empty() {
                errors.required(&name, "must specify a metric name");
            }
            errors.rule_if_set(&name, names::path_segment);
        }
        _ => {
            if at.get("name").is_empty() {
                errors.required(&at.get("name"), "must specify a resource name");
            }
            let container = at.get("container");
            if kind == "ContainerResource" && container.is_empty() {
                errors.required(&container, "must specify a container");
            }
            errors.rule_if_set(&container, names::label);
        }
    }
    check_target(&target, errors);
    match kind {
        "Object" if !value.is_set() && !average.is_set() => {
            errors.required(&average, "must set either a target value or averageValue");
        }
        "External" if !value.is_set() && !average.is_set() => {
            errors.required(&average, "must set either a target value for metric or a per-pod target");
        }
        "External" if value.is_set() && average.is_set() => {
            errors.forbidden(&value, "may not set both a target value for metric and a per-pod target");
        }
        "Pods" if !average.is_set() => {
            errors.required(&average, "must specify a positive target averageValue");
        }
        "Resource" | "ContainerResource" if !utilization.is_set() && !average.is_set() => {
            errors.required(&utilization, "must set either a target raw value or a target utilization");
        }
        "Resource" | "ContainerResource" if utilization.is_set() && average.is_set() => {
            errors.forbidden(&average, "may not set both a target raw value and a target utilization");
        }
        _ => {}
    }
}

fn check_target(target: &At<'_>, errors: &mut Errors) {
    let kind = target.get("type");
    if kind.is_empty() {
        errors.required(&kind, "must specify a metric target type");
    }
    if !matches!(kind.text(), "Utilization" | "Value" | "AverageValue") {
        errors.invalid(&kind, "must be either Utilization, Value, or AverageValue");
    }
    for field in ["value", "averageValue"] {
        let amount = target.get(field);
        if let Some(quantity) = amount.quantity().filter(|quantity| *quantity <= Quantity::ZERO) {
            errors.invalid_value(&amount.path, quantity.to_string(), "must be positive");
        }
    }
    let utilization = target.get("averageUtilization");
    if utilization.int().is_some_and(|percent| percent < 1) {
        errors.invalid(&utilization, "must be greater than 0");
    }
}
