//! Cells that several kinds share, and how their values read.
//!
//! Upstream's API server always renders the wide form of a row and lets the client leave out what it does not show, so no
//! cell depends on the width. Source of headers and values: `pkg/printers/internalversion/printers.go`.

use jiff::Timestamp;
use serde_json::Value;

use crate::Column;

/// The object's name.
pub const NAME: Column = Column {
    format: "name",
    ..Column::string("Name", "Name of the object, unique among objects of its kind.", |object, _| {
        object["metadata"]["name"].clone()
    })
};

/// Time since `metadata.creationTimestamp`, as kubectl prints ages.
pub const AGE: Column = Column::string("Age", "Time since the object was created.", |object, now| {
    age(&object["metadata"]["creationTimestamp"], now)
});

/// `metadata.creationTimestamp` itself, for kinds without a printer of their own.
pub const CREATED_AT: Column = Column {
    kind: "date",
    ..Column::string("Created At", "When the object was created.", |object, _| {
        object["metadata"]["creationTimestamp"].clone()
    })
};

/// Names of the containers of `spec.template`.
pub(crate) const CONTAINERS: Column =
    Column::string("Containers", "Names of the template's containers.", |object, _| {
        containers(&object["spec"]["template"], "name")
    })
    .wide();

/// Images of the containers of `spec.template`.
pub(crate) const IMAGES: Column = Column::string("Images", "Images of the template's containers.", |object, _| {
    containers(&object["spec"]["template"], "image")
})
.wide();

/// `spec.selector`, a label selector.
pub(crate) const SELECTOR: Column = Column::string("Selector", "Labels of the pods that belong here.", |object, _| {
    label_selector(&object["spec"]["selector"])
})
.wide();

/// The age of an RFC 3339 timestamp at a moment; `<unknown>` where there is none.
#[must_use]
pub fn age(timestamp: &Value, now: Timestamp) -> Value {
    Value::from(age_text(timestamp, now))
}

/// [`age`] as text.
pub(crate) fn age_text(timestamp: &Value, now: Timestamp) -> String {
    seconds(timestamp).map_or_else(|| "<unknown>".to_owned(), |then| human_duration((now.as_second() - then).max(0)))
}

/// Seconds since the epoch of an RFC 3339 timestamp.
pub(crate) fn seconds(timestamp: &Value) -> Option<i64> {
    timestamp.as_str()?.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// A duration in seconds in kubectl's two most significant units: `95s`, `3m20s`, `5h`, `4d2h`, `300d`, `2y10d`.
#[must_use]
pub fn human_duration(seconds: i64) -> String {
    let pair = |big: i64, unit: char, small: i64, small_unit: char| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        ..120 => format!("{seconds}s"),
        120..600 => pair(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(hours / 24, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{}d", hours / 24),
        63_072_000..252_288_000 => pair(hours / 24 / 365, 'y', (hours / 24) % 365, 'd'),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// A scalar as text; empty where there is none.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A scalar as text, or a word for its absence.
pub(crate) fn text_or(value: &Value, absent: &str) -> Value {
    let text = text(value);
    Value::from(if text.is_empty() { absent.to_owned() } else { text })
}

/// An integer; 0 where there is none.
pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// The items of a list; none where there is no list.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// How many entries a list or a map has.
pub(crate) fn count(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len) + value.as_object().map_or(0, serde_json::Map::len)
}

/// The texts of a list of scalars, joined.
pub(crate) fn joined(values: &Value, separator: &str) -> String {
    items(values).iter().map(text).collect::<Vec<_>>().join(separator)
}

/// Some items and how many more there are: `a,b,c + 2 more...`.
pub(crate) fn first_and_more(all: &[String], shown: usize) -> String {
    let head = all[..all.len().min(shown)].join(",");
    if all.len() > shown { format!("{head} + {} more...", all.len() - shown) } else { head }
}

/// `yes/no` of the condition of a type: its status, or nothing where there is no such condition.
pub(crate) fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    items(&status["conditions"]).iter().find(|condition| condition["type"] == kind)
}

/// Whether the condition of a type is true.
pub(crate) fn condition_is_true(status: &Value, kind: &str) -> bool {
    condition(status, kind).is_some_and(|condition| condition["status"] == "True")
}

/// One field of each container of a pod template, joined by commas.
pub(crate) fn containers(template: &Value, field: &str) -> Value {
    Value::from(
        items(&template["spec"]["containers"])
            .iter()
            .map(|container| text(&container[field]))
            .collect::<Vec<_>>()
            .join(","),
    )
}

/// Labels as `a=b,c=d` in the order of their keys; `<none>` where there are none.
pub(crate) fn labels(labels: &Value) -> Value {
    let mut pairs: Vec<_> =
        labels.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={}", text(value))).collect();
    pairs.sort();
    text_or(&Value::from(pairs.join(",")), "<none>")
}

/// A label selector in the language of `kubectl --selector`; `<none>` where it is empty or absent.
pub(crate) fn label_selector(selector: &Value) -> Value {
    text_or(&Value::from(label_selector_text(selector)), "<none>")
}

/// [`label_selector`] without a word for its absence.
pub(crate) fn label_selector_text(selector: &Value) -> String {
    let mut requirements: Vec<(String, String)> = selector["matchLabels"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), format!("{key}={}", text(value))))
        .collect();
    for expression in items(&selector["matchExpressions"]) {
        let key = text(&expression["key"]);
        let mut values: Vec<_> = items(&expression["values"]).iter().map(text).collect();
        values.sort();
        let values = values.join(",");
        let requirement = match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.clone(),
        };
        requirements.push((key, requirement));
    }
    requirements.sort_by(|left, right| left.0.cmp(&right.0));
    requirements.into_iter().map(|(_, requirement)| requirement).collect::<Vec<_>>().join(",")
}

/// Access modes of a volume in their short forms.
pub(crate) fn access_modes(modes: &Value) -> String {
    const SHORT: &[(&str, &str)] =
        &[("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let has = |mode: &str| items(modes).iter().any(|item| item == mode);
    SHORT.iter().filter(|(mode, _)| has(mode)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

/// Addresses of a load balancer's ingress points, sorted and joined.
pub(crate) fn load_balancer(status: &Value) -> String {
    let mut points: Vec<_> = items(&status["loadBalancer"]["ingress"])
        .iter()
        .map(|point| point["ip"].as_str().or(point["hostname"].as_str()).unwrap_or_default())
        .filter(|point| !point.is_empty())
        .collect();
    points.sort_unstable();
    points.dedup();
    points.join(",")
}

/// The name, with ` (default)` after it where one of the annotations says `true`.
pub(crate) fn name_or_default(object: &Value, annotations: &[&str]) -> Value {
    let name = text(&object["metadata"]["name"]);
    let default = annotations.iter().any(|annotation| object["metadata"]["annotations"][*annotation] == "true");
    Value::from(if default { format!("{name} (default)") } else { name })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn durations_read_as_kubectl_writes_them() {
        for (seconds, expected) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (200, "3m20s"),
            (601, "10m"),
            (10_860, "3h1m"),
            (86_400, "24h"),
            (176_400, "2d1h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
        ] {
            assert_eq!(human_duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn selectors_read_as_kubectl_takes_them() {
        for (selector, expected) in [
            (json!(null), "<none>"),
            (json!({}), "<none>"),
            (json!({"matchLabels": {"b": "2", "a": "1"}}), "a=1,b=2"),
            (json!({"matchExpressions": [{"key": "k", "operator": "In", "values": ["y", "x"]}]}), "k in (x,y)"),
            (
                json!({"matchLabels": {"z": "1"}, "matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}),
                "!a,z=1",
            ),
            (json!({"matchExpressions": [{"key": "k", "operator": "Exists"}]}), "k"),
        ] {
            assert_eq!(label_selector(&selector), expected);
        }
    }
}
