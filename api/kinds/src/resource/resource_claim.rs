//! The row of ResourceClaim.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("State", "Whether devices are allocated, and reserved for a pod.", |object, _| {
            state(object).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", "resourceclaim", true)
};

fn state(claim: &Value) -> String {
    let status = &claim["status"];
    let mut states = Vec::new();
    let deleted = !claim["metadata"]["deletionTimestamp"].is_null();
    if deleted {
        states.push("deleted");
    }
    match &status["allocation"] {
        Value::Null if !deleted => states.push("pending"),
        Value::Null => {}
        _ => {
            states.push("allocated");
            if !columns::items(&status["reservedFor"]).is_empty() {
                states.push("reserved");
            }
        }
    }
    states.join(",")
}
