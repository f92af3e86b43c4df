//! The row of APIService.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Service", "Service behind the group, or Local.", |object, _| service(object).into()),
        Column::string("Available", "Whether it answers.", |object, _| available(object).into()),
        columns::AGE,
    ],
    ..Kind::new("apiregistration.k8s.io", "v1", "APIService", "apiservices", "apiservice", false)
};

fn service(object: &Value) -> String {
    let service = &object["spec"]["service"];
    if service.is_null() {
        return "Local".to_owned();
    }
    format!("{}/{}", columns::text(&service["namespace"]), columns::text(&service["name"]))
}

fn available(object: &Value) -> String {
    let Some(condition) = columns::condition(&object["status"], "Available") else { return "Unknown".to_owned() };
    match (columns::text(&condition["status"]), columns::text(&condition["reason"])) {
        (status, reason) if status == "True" || reason.is_empty() => status,
        (status, reason) => format!("{status} ({reason})"),
    }
}
