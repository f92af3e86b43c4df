//! The row of VolumeAttributesClass.

use crate::{
    Column, Kind, columns,
    pod_spec::volumes,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["vac"],
    columns: &[
        Column::string("DriverName", "Driver of the volumes.", |object, _| columns::text(&object["driverName"]).into()),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new(
        "storage.k8s.io",
        "v1",
        "VolumeAttributesClass",
        "volumeattributesclasses",
        "volumeattributesclass",
        false,
    )
};

fn validate(class: &At<'_>, errors: &mut Errors) {
    volumes::csi_driver(&class.get("driverName"), errors);
    let parameters = class.get("parameters");
    super::parameters(&parameters, errors);
    if parameters.is_empty() {
        errors.required(&parameters, "must contain at least one key/value pair");
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    for field in ["driverName", "parameters"] {
        errors.immutable(&new.get(field), &old.get(field));
    }
}
