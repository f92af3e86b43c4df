//! Events, as the core group shows and keeps them.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Column, Kind, columns,
    fields::{self, Field},
    validation::{At, Errors, names},
};

const FIELDS: &[Field; 11] = &[
    Field { name: "involvedObject.kind", path: "involvedObject.kind", unset: "" },
    Field { name: "involvedObject.namespace", path: "involvedObject.namespace", unset: "" },
    Field { name: "involvedObject.name", path: "involvedObject.name", unset: "" },
    Field { name: "involvedObject.uid", path: "involvedObject.uid", unset: "" },
    Field { name: "involvedObject.apiVersion", path: "involvedObject.apiVersion", unset: "" },
    Field { name: "involvedObject.resourceVersion", path: "involvedObject.resourceVersion", unset: "" },
    Field { name: "involvedObject.fieldPath", path: "involvedObject.fieldPath", unset: "" },
    Field { name: "reason", path: "reason", unset: "" },
    Field { name: "reportingComponent", path: "reportingComponent", unset: "" },
    Field { name: "source", path: "source.component", unset: "" },
    Field { name: "type", path: "type", unset: "" },
];

/// Columns of both shapes of events.
pub(crate) const COLUMNS: &[Column] = &[
    Column::string("Last Seen", "Time since it last happened.", |object, now| last_seen(object, now).into()),
    Column::string("Type", "Normal or Warning.", |object, _| columns::text(&object["type"]).into()),
    Column::string("Reason", "Why, in one word.", |object, _| columns::text(&object["reason"]).into()),
    Column::string("Object", "Object that it is about.", |object, _| target(object).into()),
    Column::string("Subobject", "Part of the object that it is about.", |object, _| {
        columns::text(&involved(object)["fieldPath"]).into()
    })
    .wide(),
    Column::string("Source", "Who reports it.", |object, _| source(object).into()).wide(),
    Column::string("Message", "What happened.", |object, _| {
        columns::text(either(object, "message", "note")).trim().into()
    }),
    Column::string("First Seen", "Time since it first happened.", |object, now| first_seen(object, now).into()).wide(),
    Column::string("Count", "How often it happened.", |object, _| times(object).into()).wide(),
    columns::NAME.wide(),
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    create_on_update: true,
    short_names: &["ev"],
    field_names: &fields::names(FIELDS),
    fields: selectable,
    name_column: None,
    columns: COLUMNS,
    validate: |event| Errors::of(event, validate),
    ..Kind::new("", "v1", "Event", "events", "event", true)
};

/// An event without a source component is found by the controller that reported it.
fn selectable(event: &Value) -> Vec<(&'static str, String)> {
    let mut values = fields::at(event, FIELDS);
    let reporter = event["reportingComponent"].as_str().unwrap_or_default();
    for (name, value) in &mut values {
        if *name == "source" && value.is_empty() {
            reporter.clone_into(value);
        }
    }
    values
}

/// New events have only the time of the event itself.
fn first_seen(event: &Value, now: Timestamp) -> String {
    let first = either(event, "firstTimestamp", "deprecatedFirstTimestamp");
    columns::age_text(if first.is_null() { &event["eventTime"] } else { first }, now)
}

fn last_seen(event: &Value, now: Timestamp) -> String {
    match (&event["series"], either(event, "lastTimestamp", "deprecatedLastTimestamp")) {
        (Value::Null, Value::Null) => first_seen(event, now),
        (Value::Null, last) => columns::age_text(last, now),
        (series, _) => columns::age_text(&series["lastObservedTime"], now),
    }
}

/// An event without series and count happened once.
fn times(event: &Value) -> i64 {
    match &event["series"] {
        Value::Null => columns::number(either(event, "count", "deprecatedCount")).max(1),
        series => columns::number(&series["count"]),
    }
}

fn target(event: &Value) -> String {
    let object = involved(event);
    let kind = columns::text(&object["kind"]).to_lowercase();
    match columns::text(&object["name"]) {
        name if name.is_empty() => kind,
        name => format!("{kind}/{name}"),
    }
}

/// Component and host, by the old fields or by the new.
fn source(event: &Value) -> String {
    let source = either(event, "source", "deprecatedSource");
    let filled = |old: &Value, new: &Value| columns::text(if columns::text(old).is_empty() { new } else { old });
    let component = filled(&source["component"], either(event, "reportingComponent", "reportingController"));
    match filled(&source["host"], &event["reportingInstance"]) {
        host if host.is_empty() => component,
        host => format!("{component}, {host}"),
    }
}

fn involved(event: &Value) -> &Value {
    either(event, "involvedObject", "regarding")
}

/// A field by its name in the core group, or by its name in `events.k8s.io`.
fn either<'a>(event: &'a Value, core: &str, events: &str) -> &'a Value {
    if event[core].is_null() { &event[events] } else { &event[core] }
}

/// What both groups ask of an event. Paths are the core group's but for the reporter's, as upstream has them.
pub(crate) fn validate(event: &At<'_>, errors: &mut Errors) {
    let namespace = event.get("metadata").get("namespace").text();
    let about = At { value: &involved(event.value)["namespace"], path: "involvedObject.namespace".to_owned() };
    let is_new = event.get("eventTime").is_set();
    let fits = match about.text() {
        "" => matches!(namespace, "" | "default") || (is_new && namespace == "kube-system"),
        about => is_new || about == namespace,
    };
    if !fits {
        errors.invalid_value(&about.path, about.text(), "does not match event.namespace");
    }
    if is_new {
        reporter(event, errors);
        for (field, most) in [("reportingInstance", 128), ("action", 128), ("reason", 128)] {
            let at = event.get(field);
            errors.require(&at);
            at_most(&at, most, errors);
        }
        let message = either(event.value, "message", "note");
        at_most(&At { value: message, path: "message".to_owned() }, 1024, errors);
    }
}

fn reporter(event: &At<'_>, errors: &mut Errors) {
    let old = event.get("reportingComponent");
    let reporter = if old.is_set() { old } else { event.get("reportingController") };
    errors.require(&reporter);
    errors.rule(&reporter, names::qualified);
}

fn at_most(at: &At<'_>, most: usize, errors: &mut Errors) {
    if at.text().len() > most {
        errors.invalid_value(&at.path, "", &format!("can have at most {most} characters"));
    }
}
