//! The row of CSIStorageCapacity.

use crate::{
    Kind, columns,
    validation::{At, Errors, cursor::NEGATIVE, names, selector},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[columns::CREATED_AT],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", "csistoragecapacity", true)
};

fn validate(capacity: &At<'_>, errors: &mut Errors) {
    errors.rule(&capacity.get("storageClassName"), names::subdomain);
    selector::label_selector(&capacity.get("nodeTopology"), errors);
    for field in ["capacity", "maximumVolumeSize"] {
        let amount = capacity.get(field);
        if let Some(quantity) = amount.quantity().filter(|quantity| quantity.is_negative()) {
            errors.invalid_value(&amount.path, quantity.to_string(), NEGATIVE);
        }
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    for field in ["nodeTopology", "storageClassName"] {
        errors.immutable(&new.get(field), &old.get(field));
    }
}
