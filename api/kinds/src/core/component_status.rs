//! Health of a control plane's components (deprecated upstream, still served).

use serde_json::Value;

use crate::{Column, Kind, Storage, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["cs"],
    verbs: &["get", "list"],
    storage: Storage::Virtual,
    columns: &[
        Column::string("Status", "Whether the component is healthy.", |object, _| health(object).into()),
        Column::string("Message", "What its condition says.", |object, _| {
            columns::text(&healthy(object)["message"]).into()
        }),
        Column::string("Error", "What is wrong.", |object, _| columns::text(&healthy(object)["error"]).into()),
    ],
    ..Kind::new("", "v1", "ComponentStatus", "componentstatuses", "componentstatus", false)
};

fn healthy(component: &Value) -> &Value {
    columns::condition(component, "Healthy").unwrap_or(&Value::Null)
}

fn health(component: &Value) -> &'static str {
    match healthy(component)["status"].as_str() {
        None => "Unknown",
        Some("True") => "Healthy",
        Some(_) => "Unhealthy",
    }
}
