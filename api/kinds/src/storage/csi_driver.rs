//! The row of CSIDriver.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    Column, FieldError, Kind, columns,
    validation::{At, Errors, cursor::IMMUTABLE},
};

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
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
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

fn validate(driver: &At<'_>, errors: &mut Errors) {
    const MODES: &[&str] = &["Persistent", "Ephemeral"];
    let spec = driver.get("spec");
    errors.one_of(&spec.get("fsGroupPolicy"), &["File", "None", "ReadWriteOnceWithFSType"]);
    let mut audiences = HashSet::new();
    for request in spec.get("tokenRequests").items() {
        let (audience, seconds) = (request.get("audience"), request.get("expirationSeconds"));
        if !audiences.insert(audience.text()) {
            errors.duplicate(&audience);
        } else if seconds.int().is_some_and(|seconds| seconds < 600) {
            errors.invalid(&seconds, "may not specify a duration less than 10 minutes");
        } else if seconds.int().is_some_and(|seconds| seconds > 1 << 32) {
            errors.invalid(&seconds, "may not specify a duration larger than 2^32 seconds");
        }
    }
    let modes = spec.get("volumeLifecycleModes");
    for mode in modes.items() {
        if !MODES.contains(&mode.text()) {
            errors.0.push(FieldError::not_supported(&modes.path, mode.value, MODES));
        }
    }
    let period = spec.get("nodeAllocatableUpdatePeriodSeconds");
    if period.int().is_some_and(|seconds| seconds < 10) {
        errors.invalid(&period, "must be greater than or equal to 10 seconds");
    }
    let secrets = spec.get("serviceAccountTokenInSecrets");
    if secrets.is_set() && spec.get("tokenRequests").is_empty() {
        errors.invalid(&secrets, "serviceAccountTokenInSecrets is set but no tokenRequests are specified");
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (spec, before) = (new.get("spec"), old.get("spec"));
    if spec.value["attachRequired"] != before.value["attachRequired"] {
        errors.invalid_value("spec.attachedRequired", spec.value["attachRequired"].clone(), IMMUTABLE);
    }
    errors.immutable(&spec.get("volumeLifecycleModes"), &before.get("volumeLifecycleModes"));
}
