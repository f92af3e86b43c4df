//! The row of RuntimeClass.

use crate::{
    Column, Kind, columns,
    pod_spec::{resources, scheduling},
    validation::{At, Errors, names, selector},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::string("Handler", "Name of the runtime in the container runtime.", |object, _| {
            columns::text(&object["handler"]).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "runtimeclass", false)
};

fn validate(class: &At<'_>, errors: &mut Errors) {
    if errors.require(&class.get("handler")) {
        errors.rule(&class.get("handler"), names::label);
    }
    for (name, amount) in class.get("overhead").get("podFixed").entries() {
        resources::standard_name(name, &amount, errors);
        resources::quantity_of(name, &amount, errors);
    }
    let placement = class.get("scheduling");
    selector::labels(&placement.get("nodeSelector"), errors);
    scheduling::tolerations(&placement.get("tolerations"), errors);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("handler"), &old.get("handler"));
}
