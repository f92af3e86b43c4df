//! The row of ResourceSlice.

use crate::{
    Column, Kind, columns,
    fields::{self, Field},
    validation::{At, Errors, names},
};

const FIELDS: &[Field; 2] = &[
    Field { name: "spec.nodeName", path: "spec.nodeName", unset: "" },
    Field { name: "spec.driver", path: "spec.driver", unset: "" },
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Node", "Node that has the devices.", |object, _| {
            columns::text(&object["spec"]["nodeName"]).into()
        }),
        Column::string("Driver", "Driver of the devices.", |object, _| columns::text(&object["spec"]["driver"]).into()),
        Column::string("Pool", "Pool of the devices.", |object, _| {
            columns::text(&object["spec"]["pool"]["name"]).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", "resourceslice", false)
};

fn validate(slice: &At<'_>, errors: &mut Errors) {
    let spec = slice.get("spec");
    let driver = spec.get("driver");
    if errors.require(&driver) {
        errors.rule(&driver, names::subdomain);
    }
    let pool = spec.get("pool");
    errors.require(&pool.get("name"));
    if pool.get("resourceSliceCount").int().is_none_or(|count| count <= 0) {
        let count = pool.get("resourceSliceCount");
        errors.invalid_value(&count.path, count.int().unwrap_or(0), "must be greater than zero");
    }
    errors.not_negative(&pool.get("generation"));
    errors.rule_if_set(&spec.get("nodeName"), names::subdomain);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (spec, before) = (new.get("spec"), old.get("spec"));
    for field in ["nodeName", "driver"] {
        errors.immutable(&spec.get(field), &before.get(field));
    }
    errors.immutable(&spec.get("pool").get("name"), &before.get("pool").get("name"));
}
