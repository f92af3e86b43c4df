//! Horizontal pod autoscalers in the shape of `autoscaling/v1`, which knows one target: CPU. They are kept as `autoscaling/v2`.

use serde_json::Value;

use super::conversion;
use crate::{
    Column, Kind, Storage, Subresource, columns, strategy,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["hpa"],
    categories: &["all"],
    storage: Storage::As {
        group: "autoscaling",
        plural: "horizontalpodautoscalers",
        to_stored: conversion::to_v2,
        from_stored: conversion::from_v2,
    },
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Reference", "What is scaled.", |object, _| super::reference(object).into()),
        Column::string("Targets", "Current and wanted values of the metrics.", |object, _| metrics(object).into()),
        Column::string("MinPods", "Fewest pods.", |object, _| {
            columns::text_or(&object["spec"]["minReplicas"], "<unset>")
        }),
        Column::string("MaxPods", "Most pods.", |object, _| columns::number(&object["spec"]["maxReplicas"]).into()),
        Column::string("Replicas", "Pods that exist.", |object, _| {
            columns::number(&object["status"]["currentReplicas"]).into()
        }),
        columns::AGE,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_status: |new, _| Errors::of(new, super::validate_status),
    ..Kind::new(
        "autoscaling",
        "v1",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        true,
    )
};

/// `cpu: 10%/80%`.
fn metrics(autoscaler: &Value) -> String {
    let percent = |value: &Value, absent: &str| value.as_i64().map_or(absent.to_owned(), |value| format!("{value}%"));
    let current = percent(&autoscaler["status"]["currentCPUUtilizationPercentage"], "<unknown>");
    format!("cpu: {current}/{}", percent(&autoscaler["spec"]["targetCPUUtilizationPercentage"], "<auto>"))
}

fn validate(autoscaler: &At<'_>, errors: &mut Errors) {
    let spec = autoscaler.get("spec");
    super::target_and_bounds(&spec, errors);
    let target = spec.get("targetCPUUtilizationPercentage");
    if target.int().is_some_and(|percent| percent < 1) {
        let path = "spec.metrics[0].resource.target.averageUtilization";
        errors.invalid_value(path, target.value.clone(), "must be greater than 0");
    }
}
