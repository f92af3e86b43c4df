//! The row of ControllerRevision.

use serde_json::Value;

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::string("Controller", "Object whose history this is.", |object, _| controller(object)),
        Column::string("Revision", "Number of the revision.", |object, _| columns::number(&object["revision"]).into()),
        columns::AGE,
    ],
    ..Kind::new("apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", true)
};

/// `statefulset.apps/web`: the owner that controls the revision.
fn controller(object: &Value) -> Value {
    let owners = columns::items(&object["metadata"]["ownerReferences"]);
    let Some(owner) = owners.iter().find(|owner| owner["controller"] == true) else { return "<none>".into() };
    let kind = columns::text(&owner["kind"]).to_lowercase();
    let group = columns::text(&owner["apiVersion"]).split_once('/').map(|(group, _)| format!(".{group}"));
    format!("{kind}{}/{}", group.unwrap_or_default(), columns::text(&owner["name"])).into()
}
