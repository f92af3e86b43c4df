//! Kinds of `autoscaling`.

use serde_json::Value;

use crate::{
    Kind, columns,
    validation::{At, Errors, names},
};

mod conversion;
mod horizontal_pod_autoscaler;
mod horizontal_pod_autoscaler_v1;
mod metrics;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&horizontal_pod_autoscaler::KIND, &horizontal_pod_autoscaler_v1::KIND];

/// `Deployment/web`: what an autoscaler scales.
fn reference(autoscaler: &Value) -> String {
    let target = &autoscaler["spec"]["scaleTargetRef"];
    format!("{}/{}", columns::text(&target["kind"]), columns::text(&target["name"]))
}

/// What both versions ask: bounds of the replicas, and a target.
fn target_and_bounds(spec: &At<'_>, errors: &mut Errors) {
    let (least, most) = (spec.get("minReplicas"), spec.get("maxReplicas"));
    if least.int().is_some_and(|count| count < 1) {
        errors.invalid(&least, "must be greater than or equal to 1");
    }
    match most.int().unwrap_or(0) {
        0 => errors.required(&most, "must be set and greater than 0"),
        count if count < 0 => errors.invalid(&most, "must be greater than or equal to 1"),
        _ => {}
    }
    if least.int().is_some_and(|least| most.int().unwrap_or(0) < least) {
        errors.invalid_value(&most.path, most.int().unwrap_or(0), "must be greater than or equal to `minReplicas`");
    }
    object_reference(&spec.get("scaleTargetRef"), errors);
}

/// A reference to an object of another group.
fn object_reference(reference: &At<'_>, errors: &mut Errors) {
    for field in ["kind", "name"] {
        if errors.require(&reference.get(field)) {
            errors.rule(&reference.get(field), names::path_segment);
        }
    }
    let version = reference.get("apiVersion");
    if version.text().matches('/').count() > 1 {
        errors.invalid(&version, &format!("unexpected GroupVersion string: {}", version.text()));
    }
}

fn validate_status(autoscaler: &At<'_>, errors: &mut Errors) {
    for count in ["currentReplicas", "desiredReplicas"] {
        errors.not_negative(&autoscaler.get("status").get(count));
    }
}
