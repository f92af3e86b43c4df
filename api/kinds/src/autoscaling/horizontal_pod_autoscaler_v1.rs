//! Horizontal pod autoscalers in the shape of `autoscaling/v1`, which knows one target: CPU. They are kept as `autoscaling/v2`.

use serde_json::{Value, json};

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
        to_stored: to_v2,
        from_stored: from_v2,
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

/// Average CPU use in percent that an autoscaler aims at when it names no metric.
const DEFAULT_CPU_UTILIZATION: i64 = 80;

fn to_v2(autoscaler: &mut Value) {
    autoscaler["apiVersion"] = Value::from("autoscaling/v2");
    let Some(spec) = autoscaler["spec"].as_object_mut() else { return };
    let target = spec.remove("targetCPUUtilizationPercentage").unwrap_or_else(|| DEFAULT_CPU_UTILIZATION.into());
    spec.insert("metrics".to_owned(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}}]));
    if let Some(status) = autoscaler["status"].as_object_mut()
        && let Some(current) = status.remove("currentCPUUtilizationPercentage")
    {
        status.insert(
            "currentMetrics".to_owned(),
            json!([{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": current}}}]),
        );
    }
}

fn from_v2(autoscaler: &mut Value) {
    autoscaler["apiVersion"] = Value::from("autoscaling/v1");
    let cpu = |metrics: &Value, part: &str| {
        metrics
            .as_array()?
            .iter()
            .filter(|metric| metric["type"] == "Resource" && metric["resource"]["name"] == "cpu")
            .map(|metric| metric["resource"][part]["averageUtilization"].clone())
            .find(|utilization| !utilization.is_null())
    };
    if let Some(spec) = autoscaler["spec"].as_object_mut() {
        let target = cpu(&spec.remove("metrics").unwrap_or_default(), "target");
        spec.extend(target.map(|target| ("targetCPUUtilizationPercentage".to_owned(), target)));
    }
    if let Some(status) = autoscaler["status"].as_object_mut() {
        let current = cpu(&status.remove("currentMetrics").unwrap_or_default(), "current");
        status.extend(current.map(|current| ("currentCPUUtilizationPercentage".to_owned(), current)));
        status.entry("currentReplicas").or_insert_with(|| 0.into());
    }
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
