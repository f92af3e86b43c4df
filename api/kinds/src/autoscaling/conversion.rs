//! Autoscalers between `autoscaling/v2`, in which they are kept, and `autoscaling/v1`, which knows one target: CPU.
//!
//! What v1 has no field for rides along in annotations, so that it survives a read and a write through v1
//! (`pkg/apis/autoscaling/v1/conversion.go`).

use serde_json::{Map, Value, json};

use crate::columns::items;

/// Average CPU use in percent that an autoscaler aims at when it names no metric.
const DEFAULT_CPU_UTILIZATION: i64 = 80;

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

/// A kind of metric: where it stands, and each of its fields in v2 and in v1. `@` stands for `target` or `current`.
struct Source {
    field: &'static str,
    names: &'static [(&'static str, &'static str)],
}

const SOURCES: &[Source] = &[
    Source {
        field: "object",
        names: &[
            ("describedObject", "target"),
            ("metric.name", "metricName"),
            ("metric.selector", "selector"),
            ("@.value", "@Value"),
            ("@.averageValue", "averageValue"),
        ],
    },
    Source {
        field: "pods",
        names: &[("metric.name", "metricName"), ("metric.selector", "selector"), ("@.averageValue", "@AverageValue")],
    },
    Source {
        field: "resource",
        names: &[
            ("name", "name"),
            ("@.averageUtilization", "@AverageUtilization"),
            ("@.averageValue", "@AverageValue"),
        ],
    },
    Source {
        field: "containerResource",
        names: &[
            ("name", "name"),
            ("container", "container"),
            ("@.averageUtilization", "@AverageUtilization"),
            ("@.averageValue", "@AverageValue"),
        ],
    },
    Source {
        field: "external",
        names: &[
            ("metric.name", "metricName"),
            ("metric.selector", "metricSelector"),
            ("@.value", "@Value"),
            ("@.averageValue", "@AverageValue"),
        ],
    },
];

/// Turns an autoscaler of v1 into one of v2.
pub(super) fn to_v2(autoscaler: &mut Value) {
    autoscaler["apiVersion"] = Value::from("autoscaling/v2");
    let mut carried = |name: &str| take_annotation(autoscaler, name);
    let (metrics, current, conditions, behavior) =
        (carried(METRICS), carried(CURRENT_METRICS), carried(CONDITIONS), carried(BEHAVIOR));
    if let Some(spec) = field_mut(autoscaler, "spec") {
        let mut all: Vec<_> = items(&metrics).iter().map(|metric| metric_to_v2(metric, "target")).collect();
        let cpu = spec.remove("targetCPUUtilizationPercentage").filter(|target| !target.is_null());
        let default = all.is_empty().then(|| DEFAULT_CPU_UTILIZATION.into());
        all.extend(
            cpu.or(default)
                .map(|target| cpu_metric("target", json!({"type": "Utilization", "averageUtilization": target}))),
        );
        spec.insert("metrics".to_owned(), all.into());
        if behavior.is_object() {
            spec.insert("behavior".to_owned(), behavior);
        }
    }
    if !current.is_null() || !conditions.is_null() || !autoscaler["status"].is_null() {
        if autoscaler["status"].is_null() {
            autoscaler["status"] = json!({});
        }
        if let Some(status) = field_mut(autoscaler, "status") {
            let cpu = status.remove("currentCPUUtilizationPercentage").filter(|current| !current.is_null());
            let all: Vec<_> = match current {
                Value::Null => {
                    cpu.map(|now| cpu_metric("current", json!({"averageUtilization": now}))).into_iter().collect()
                }
                current => items(&current).iter().map(|metric| metric_to_v2(metric, "current")).collect(),
            };
            if !all.is_empty() {
                status.insert("currentMetrics".to_owned(), all.into());
            }
            if conditions.is_array() {
                status.insert("conditions".to_owned(), conditions);
            }
        }
    }
}

/// Turns an autoscaler of v2 into one of v1.
pub(super) fn from_v2(autoscaler: &mut Value) {
    autoscaler["apiVersion"] = Value::from("autoscaling/v1");
    let mut carried = Vec::new();
    if let Some(spec) = field_mut(autoscaler, "spec") {
        let metrics = spec.remove("metrics").unwrap_or_default();
        let is_cpu = |metric: &&Value| {
            metric["type"] == "Resource"
                && metric["resource"]["name"] == "cpu"
                && !metric["resource"]["target"]["averageUtilization"].is_null()
        };
        if let Some(cpu) = items(&metrics).iter().find(is_cpu) {
            let target = cpu["resource"]["target"]["averageUtilization"].clone();
            spec.insert("targetCPUUtilizationPercentage".to_owned(), target);
        }
        let others = items(&metrics).iter().filter(|metric| !is_cpu(metric));
        carried.push((METRICS, others.map(|metric| metric_from_v2(metric, "target")).collect()));
        carried.push((BEHAVIOR, spec.remove("behavior").unwrap_or_default()));
    }
    let status = field_mut(autoscaler, "status").map(std::mem::take).unwrap_or_default();
    let (status, current, conditions) = status_from_v2(status);
    autoscaler["status"] = status.into();
    carried.push((CURRENT_METRICS, current));
    carried.push((CONDITIONS, conditions));
    for (name, value) in carried {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            autoscaler["metadata"]["annotations"][name] = value.to_string().into();
        }
    }
}

/// The status of v1, and what it has no field for: current metrics and conditions.
fn status_from_v2(mut status: Map<String, Value>) -> (Map<String, Value>, Value, Value) {
    let metrics = status.remove("currentMetrics").unwrap_or_default();
    let conditions = status.remove("conditions").unwrap_or_default();
    for metric in items(&metrics) {
        let now = &metric["resource"]["current"]["averageUtilization"];
        if metric["type"] == "Resource" && metric["resource"]["name"] == "cpu" && !now.is_null() {
            status.insert("currentCPUUtilizationPercentage".to_owned(), now.clone());
        }
    }
    for count in ["currentReplicas", "desiredReplicas"] {
        status.entry(count).or_insert_with(|| 0.into());
    }
    (status, items(&metrics).iter().map(|metric| metric_from_v2(metric, "current")).collect(), conditions)
}

fn cpu_metric(part: &str, value: Value) -> Value {
    json!({"type": "Resource", "resource": {"name": "cpu", part: value}})
}

/// One metric in the form of v1; `part` is `target` or `current`.
fn metric_from_v2(metric: &Value, part: &str) -> Value {
    let mut converted = json!({"type": metric["type"]});
    for source in SOURCES.iter().filter(|source| !metric[source.field].is_null()) {
        let (from, mut to) = (&metric[source.field], Map::new());
        for (theirs, ours) in source.names {
            let value = crate::fields::lookup(from, &theirs.replace('@', part));
            if !value.is_null() {
                to.insert(ours.replace('@', part), value.clone());
            }
        }
        converted[source.field] = to.into();
    }
    converted
}

/// One metric in the form of v2.
fn metric_to_v2(metric: &Value, part: &str) -> Value {
    let mut converted = json!({"type": metric["type"]});
    for source in SOURCES.iter().filter(|source| !metric[source.field].is_null()) {
        let from = &metric[source.field];
        let to = &mut converted[source.field];
        for (theirs, ours) in source.names {
            let value = &from[ours.replace('@', part)];
            if value.is_null() {
                continue;
            }
            match theirs.split_once('.') {
                Some((outer, inner)) => to[outer.replace('@', part)][inner] = value.clone(),
                None => to[*theirs] = value.clone(),
            }
        }
        if part == "target" {
            let target = &mut to["target"];
            let kind = match source.field {
                _ if !target["averageUtilization"].is_null() => "Utilization",
                "object" if !target["averageValue"].is_null() => "AverageValue",
                "object" | "external" if !target["value"].is_null() => "Value",
                _ => "AverageValue",
            };
            target["type"] = kind.into();
            if let Some(target) = target.as_object_mut() {
                target.retain(|_, value| !value.is_null());
            }
        }
    }
    converted
}

/// Takes what an annotation carries; null where there is no such annotation, or no JSON in it.
fn take_annotation(autoscaler: &mut Value, name: &str) -> Value {
    let annotations = autoscaler.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
    let text = annotations.and_then(Value::as_object_mut).and_then(|annotations| annotations.remove(name));
    text.and_then(|text| serde_json::from_str(text.as_str()?).ok()).unwrap_or_default()
}

fn field_mut<'a>(object: &'a mut Value, field: &str) -> Option<&'a mut Map<String, Value>> {
    object.get_mut(field)?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_survives_the_way_through_v1() {
        let original = json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "annotations": {}},
            "spec": {
                "maxReplicas": 3,
                "metrics": [
                    {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "10"}}},
                    {"type": "Object", "object": {"describedObject": {"kind": "Ingress", "name": "i"}, "metric": {"name": "x"}, "target": {"type": "Value", "value": "5"}}},
                    {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
                ],
                "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
            },
            "status": {
                "currentReplicas": 2, "desiredReplicas": 2,
                "conditions": [{"type": "AbleToScale", "status": "True"}],
                "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 40, "averageValue": "80m"}}}],
            },
        });
        let mut autoscaler = original.clone();
        from_v2(&mut autoscaler);
        assert_eq!(autoscaler["spec"], json!({"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}));
        assert_eq!(
            autoscaler["status"],
            json!({"currentReplicas": 2, "desiredReplicas": 2, "currentCPUUtilizationPercentage": 40})
        );
        to_v2(&mut autoscaler);
        assert_eq!(autoscaler, original);
    }

    #[test]
    fn an_autoscaler_of_v1_without_a_target_aims_at_the_default() {
        let mut autoscaler = json!({"apiVersion": "autoscaling/v1", "spec": {"maxReplicas": 3}});
        to_v2(&mut autoscaler);
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        assert_eq!(
            autoscaler["spec"]["metrics"],
            json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}])
        );
        from_v2(&mut autoscaler);
        assert_eq!(autoscaler["status"], json!({"currentReplicas": 0, "desiredReplicas": 0}));
    }
}
