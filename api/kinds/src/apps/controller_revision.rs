//! The row of ControllerRevision.

use serde_json::Value;

use crate::{
    Column, Kind, columns,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::string("Controller", "Object whose history this is.", |object, _| controller(object)),
        Column::string("Revision", "Number of the revision.", |object, _| columns::number(&object["revision"]).into()),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
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

fn validate(revision: &At<'_>, errors: &mut Errors) {
    errors.not_negative(&revision.get("revision"));
    let data = revision.get("data");
    if !data.is_set() {
        errors.required(&data, "data is mandatory");
    } else if !data.value.is_object() {
        errors.required(&data, "data must be a valid JSON object");
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.not_negative(&new.get("revision"));
    errors.immutable(&new.get("data"), &old.get("data"));
}
