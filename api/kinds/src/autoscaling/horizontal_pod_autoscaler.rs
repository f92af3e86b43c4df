//! The row of HorizontalPodAutoscaler.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["hpa"],
    categories: &["all"],
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
    ..Kind::new(
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        true,
    )
};

/// `cpu: 10%/80%` of the first two metrics, and how many more there are.
fn metrics(autoscaler: &Value) -> String {
    const SHOWN: usize = 2;
    let specs = columns::items(&autoscaler["spec"]["metrics"]);
    let statuses = columns::items(&autoscaler["status"]["currentMetrics"]);
    let status = |index: usize| statuses.get(index).unwrap_or(&Value::Null);
    let all: Vec<_> = specs.iter().enumerate().map(|(index, spec)| metric(spec, status(index))).collect();
    match all.len() {
        0 => "<none>".to_owned(),
        count if count > SHOWN => format!("{} + {} more...", all[..SHOWN].join(", "), count - SHOWN),
        _ => all.join(", "),
    }
}

/// One metric: its name if it is a resource, its current value and its target.
fn metric(spec: &Value, status: &Value) -> String {
    let (source, resource) = match spec["type"].as_str() {
        Some("External") => ("external", false),
        Some("Object") => ("object", false),
        Some("Pods") => ("pods", false),
        Some("Resource") => ("resource", true),
        Some("ContainerResource") => ("containerResource", true),
        _ => return "<unknown type>".to_owned(),
    };
    let (target, current) = (&spec[source]["target"], &status[source]["current"]);
    let known = |value: &Value| columns::text(&columns::text_or(value, "<unknown>"));
    let percent = |value: &Value, absent: &str| value.as_i64().map_or(absent.to_owned(), |value| format!("{value}%"));
    let average = !target["averageValue"].is_null();
    let values = match (resource, average) {
        (true, false) => {
            format!(
                "{}/{}",
                percent(&current["averageUtilization"], "<unknown>"),
                percent(&target["averageUtilization"], "<auto>")
            )
        }
        (_, true) => format!("{}/{}", known(&current["averageValue"]), columns::text(&target["averageValue"])),
        (false, false) => format!("{}/{}", known(&current["value"]), columns::text(&target["value"])),
    };
    match source {
        "resource" | "containerResource" => format!("{}: {values}", columns::text(&spec[source]["name"])),
        "external" | "object" if average => format!("{values} (avg)"),
        _ => values,
    }
}
