//! Events, as the core group shows and keeps them.

use serde_json::Value;

use crate::{
    Kind,
    fields::{self, Field},
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

/// The row.
pub(crate) static KIND: Kind = Kind {
    create_on_update: true,
    short_names: &["ev"],
    field_names: &fields::names(FIELDS),
    fields: selectable,
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
