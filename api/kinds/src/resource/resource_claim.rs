//! The row of ResourceClaim.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("State", "Whether devices are allocated, and reserved for a pod.", |object, _| {
            state(object).into()
        }),
        columns::AGE,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
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

fn validate(claim: &At<'_>, errors: &mut Errors) {
    super::claim_spec(&claim.get("spec"), errors);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec"), &old.get("spec"));
}
