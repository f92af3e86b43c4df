//! The row of HorizontalPodAutoscaler.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors},
};

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
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_status: |new, _| Errors::of(new, super::validate_status),
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

fn validate(autoscaler: &At<'_>, errors: &mut Errors) {
    let spec = autoscaler.get("spec");
    super::target_and_bounds(&spec, errors);
    super::metrics::validate(&spec.get("metrics"), errors);
    for direction in ["scaleUp", "scaleDown"] {
        let rules = spec.get("behavior").get(direction);
        if rules.is_set() {
            scaling_rules(&rules, errors);
        }
    }
}

fn scaling_rules(rules: &At<'_>, errors: &mut Errors) {
    const MOST_WINDOW_SECONDS: i64 = 3600;
    const MOST_PERIOD_SECONDS: i64 = 1800;
    let window = rules.get("stabilizationWindowSeconds");
    match window.int() {
        Some(seconds) if seconds < 0 => errors.invalid(&window, "must be greater than or equal to zero"),
        Some(seconds) if seconds > MOST_WINDOW_SECONDS => {
            errors.invalid(&window, &format!("must be less than or equal to {MOST_WINDOW_SECONDS}"));
        }
        _ => {}
    }
    errors.one_of(&rules.get("selectPolicy"), &["Disabled", "Max", "Min"]);
    let policies = rules.get("policies");
    if policies.is_empty() {
        errors.required(&policies, "must specify at least one Policy");
    }
    for policy in policies.items() {
        if !matches!(policy.get("type").text(), "Pods" | "Percent") {
            errors.not_supported(&policy.get("type"), &["Percent", "Pods"]);
        }
        for field in ["value", "periodSeconds"] {
            let number = policy.get(field);
            let value = number.int().unwrap_or(0);
            if value <= 0 {
                errors.invalid_value(&number.path, value, "must be greater than zero");
            }
            if field == "periodSeconds" && value > MOST_PERIOD_SECONDS {
                errors.invalid(&number, &format!("must be less than or equal to {MOST_PERIOD_SECONDS}"));
            }
        }
    }
    let tolerance = rules.get("tolerance");
    if let Some(quantity) = tolerance.quantity().filter(|quantity| quantity.is_negative()) {
        errors.invalid_value(&tolerance.path, quantity.to_string(), "must be greater than or equal to 0");
    }
}
