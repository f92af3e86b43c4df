//! Events, as `events.k8s.io` shows them. The core group keeps them.

use serde_json::{Map, Value};

use crate::{
    Kind, Storage,
    core::event,
    fields::{self, Field},
    validation::{At, Errors, cursor::same},
};

const FIELDS: &[Field; 10] = &[
    Field { name: "regarding.kind", path: "regarding.kind", unset: "" },
    Field { name: "regarding.namespace", path: "regarding.namespace", unset: "" },
    Field { name: "regarding.name", path: "regarding.name", unset: "" },
    Field { name: "regarding.uid", path: "regarding.uid", unset: "" },
    Field { name: "regarding.apiVersion", path: "regarding.apiVersion", unset: "" },
    Field { name: "regarding.resourceVersion", path: "regarding.resourceVersion", unset: "" },
    Field { name: "regarding.fieldPath", path: "regarding.fieldPath", unset: "" },
    Field { name: "reason", path: "reason", unset: "" },
    Field { name: "reportingController", path: "reportingController", unset: "" },
    Field { name: "type", path: "type", unset: "" },
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    create_on_update: true,
    short_names: &["ev"],
    storage: Storage::As { group: "", plural: "events", to_stored: to_core, from_stored: from_core },
    field_names: &fields::names(FIELDS),
    fields: |event| fields::at(event, FIELDS),
    name_column: None,
    columns: event::COLUMNS,
    validate_create: |event| Errors::of(event, validate_create),
    validate: |event| {
        Errors::of(event, |event, errors| {
            event::validate(event, errors);
            series(event, errors);
        })
    },
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("events.k8s.io", "v1", "Event", "events", "event", true)
};

/// Names of the same field in `events.k8s.io/v1` and in the core group.
const RENAMED: &[(&str, &str)] = &[
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

fn to_core(event: &mut Value) {
    let Some(fields) = event.as_object_mut() else { return };
    fields.insert("apiVersion".to_owned(), Value::from("v1"));
    RENAMED.iter().for_each(|(ours, theirs)| rename(fields, ours, theirs));
    // The core type has these fields even where they are empty.
    fields.entry("involvedObject").or_insert_with(|| Value::Object(Map::new()));
}

fn from_core(event: &mut Value) {
    let Some(fields) = event.as_object_mut() else { return };
    fields.insert("apiVersion".to_owned(), Value::from("events.k8s.io/v1"));
    RENAMED.iter().for_each(|(ours, theirs)| rename(fields, theirs, ours));
}

fn rename(fields: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
}

/// Beyond what the core group asks, new events of this group have a time, a type, and none of the old fields.
fn validate_create(event: &At<'_>, errors: &mut Errors) {
    let time = event.get("eventTime");
    if !time.is_set() {
        errors.required(&time, "");
    }
    let kind = event.get("type");
    if !matches!(kind.text(), "Normal" | "Warning") {
        errors.invalid_value(&kind.path, "", &format!("has invalid value: {}", kind.text()));
    }
    for (ours, theirs) in RENAMED.iter().filter(|(ours, _)| ours.starts_with("deprecated")) {
        if !same(event.get(ours).value, &Value::Null) {
            errors.invalid_value(theirs, "", "needs to be unset");
        }
    }
}

fn series(event: &At<'_>, errors: &mut Errors) {
    let series = event.get("series");
    if series.is_set() {
        if series.get("count").int().unwrap_or(0) < 2 {
            errors.invalid_value("series.count", "", "should be at least 2");
        }
        errors.require(&series.get("lastObservedTime"));
    }
}

/// Only the series of an event goes on.
fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const FIXED: &[&str] = &["reason", "type", "eventTime", "action", "related", "reportingInstance"];
    for (ours, theirs) in RENAMED.iter().copied().chain(FIXED.iter().map(|field| (*field, *field))) {
        // The reporter alone keeps its new name in upstream's errors.
        let path = if ours == "reportingController" { ours } else { theirs };
        errors.immutable(&At { path: path.to_owned(), ..new.get(ours) }, &old.get(ours));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_survives_the_way_through_the_core_group() {
        let event = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e"}, "eventTime": "2026-01-01T00:00:00.000000Z",
            "regarding": {"kind": "Pod", "name": "p"}, "note": "hello", "reportingController": "c", "reportingInstance": "c-0",
            "deprecatedCount": 3, "deprecatedSource": {"component": "kubelet"},
        });
        let mut stored = event.clone();
        to_core(&mut stored);
        assert_eq!(stored["apiVersion"], "v1");
        assert_eq!(stored["involvedObject"]["name"], "p");
        assert_eq!(stored["message"], "hello");
        assert_eq!(stored["count"], 3);
        assert_eq!(stored["source"]["component"], "kubelet");
        from_core(&mut stored);
        assert_eq!(stored, event);
    }
}
