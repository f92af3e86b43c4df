//! The row of CSINode.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    Column, FieldError, Kind, columns,
    pod_spec::volumes,
    validation::{
        At, Errors,
        cursor::{IMMUTABLE, same},
        names,
    },
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::integer("Drivers", "How many drivers the node has.", |object, _| {
            columns::count(&object["spec"]["drivers"]).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("storage.k8s.io", "v1", "CSINode", "csinodes", "csinode", false)
};

/// Longest identifier that a driver gives a node, in bytes.
const ID_MOST_BYTES: usize = 192;

fn validate(node: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for driver in node.get("spec").get("drivers").items() {
        let (name, id) = (driver.get("name"), driver.get("nodeID"));
        volumes::csi_driver(&name, errors);
        errors.require(&id);
        if id.text().len() > ID_MOST_BYTES {
            errors.invalid(&id, &format!("must be {ID_MOST_BYTES} characters or less"));
        }
        errors.not_negative(&driver.get("allocatable").get("count"));
        if !seen.insert(name.text()) {
            errors.duplicate(&name);
        }
        topology_keys(&driver, errors);
    }
}

/// Upstream's paths of keys are those of the driver.
fn topology_keys(driver: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for key in driver.get("topologyKeys").items() {
        if key.is_empty() {
            errors.required(driver, "");
        }
        if !seen.insert(key.text()) {
            errors.0.push(FieldError::duplicate(&driver.path, key.value));
        }
        for message in names::qualified(key.text()) {
            errors.invalid_value(&driver.path, key.text(), &message);
        }
    }
}

/// A driver stays what it is but for how many volumes it can attach.
fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let drivers = new.get("spec").get("drivers");
    let without_count = |driver: &Value| {
        let mut driver = driver.clone();
        driver["allocatable"] = Value::Null;
        driver
    };
    for before in columns::items(&old.value["spec"]["drivers"]) {
        let now = columns::items(drivers.value).iter().find(|driver| driver["name"] == before["name"]);
        if let Some(now) = now.map(without_count).filter(|now| !same(now, &without_count(before))) {
            errors.invalid_value(&drivers.path, now, IMMUTABLE);
        }
    }
}
