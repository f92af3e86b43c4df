//! The row of CSIDriver.

use serde_json::Value;

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    columns: &[
        Column::boolean("AttachRequired", "Whether volumes must be attached before they are mounted.", |object, _| {
            (object["spec"]["attachRequired"] != false).into()
        }),
        Column::boolean("PodInfoOnMount", "Whether the driver is told about the pod.", |object, _| {
            (object["spec"]["podInfoOnMount"] == true).into()
        }),
        Column::boolean("StorageCapacity", "Whether the driver reports free capacity.", |object, _| {
            (object["spec"]["storageCapacity"] == true).into()
        }),
        Column::string("TokenRequests", "Audiences of the tokens that the driver gets.", |object, _| {
            token_requests(object).into()
        }),
        Column::boolean("RequiresRepublish", "Whether volumes are published again from time to time.", |object, _| {
            (object["spec"]["requiresRepublish"] == true).into()
        }),
        Column::string("Modes", "Kinds of volumes that the driver serves.", |object, _| {
            columns::text_or(&columns::joined(&object["spec"]["volumeLifecycleModes"], ",").into(), "<none>")
        }),
        columns::AGE,
    ],
    ..Kind::new("storage.k8s.io", "v1", "CSIDriver", "csidrivers", "csidriver", false)
};

fn token_requests(driver: &Value) -> String {
    match &driver["spec"]["tokenRequests"] {
        Value::Null => "<unset>".to_owned(),
        requests => columns::items(requests)
            .iter()
            .map(|request| columns::text(&request["audience"]))
            .collect::<Vec<_>>()
            .join(","),
    }
}
