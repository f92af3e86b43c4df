//! The row of StorageClass.

use crate::{
    Column, Kind, columns,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["sc"],
    name_column: Some(Column {
        cell: |object, _| {
            columns::name_or_default(
                object,
                &["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"],
            )
        },
        ..columns::NAME
    }),
    columns: &[
        Column::string("Provisioner", "Who makes the volumes.", |object, _| {
            columns::text(&object["provisioner"]).into()
        }),
        Column::string("ReclaimPolicy", "What happens to released volumes.", |object, _| {
            columns::text_or(&object["reclaimPolicy"], "Delete")
        }),
        Column::string("VolumeBindingMode", "When volumes are bound.", |object, _| {
            columns::text_or(&object["volumeBindingMode"], "Immediate")
        }),
        Column::string("AllowVolumeExpansion", "Whether volumes may grow.", |object, _| {
            (object["allowVolumeExpansion"] == true).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", false)
};

fn validate(class: &At<'_>, errors: &mut Errors) {
    let provisioner = class.get("provisioner");
    if errors.require(&provisioner) {
        for message in names::qualified(&provisioner.text().to_lowercase()) {
            errors.invalid_value(&provisioner.path, provisioner.text().to_lowercase(), &message);
        }
    }
    super::parameters(&class.get("parameters"), errors);
    errors.one_of(&class.get("reclaimPolicy"), &["Delete", "Retain"]);
    errors.one_of(&class.get("volumeBindingMode"), &["Immediate", "WaitForFirstConsumer"]);
    for term in class.get("allowedTopologies").items() {
        for expression in term.get("matchLabelExpressions").items() {
            errors.require(&expression.get("values"));
            errors.rule(&expression.get("key"), names::qualified);
        }
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        errors.immutable(&new.get(field), &old.get(field));
    }
}
