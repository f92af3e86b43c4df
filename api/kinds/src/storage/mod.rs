//! Kinds of `storage.k8s.io`.

use crate::{
    FieldError, Kind,
    validation::{At, Errors},
};

mod csi_driver;
mod csi_node;
mod csi_storage_capacity;
mod storage_class;
mod volume_attachment;
mod volume_attributes_class;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[
    &csi_driver::KIND,
    &csi_node::KIND,
    &csi_storage_capacity::KIND,
    &storage_class::KIND,
    &volume_attachment::KIND,
    &volume_attributes_class::KIND,
];

/// Parameters of a class: not too many, not too large, none without a name.
fn parameters(parameters: &At<'_>, errors: &mut Errors) {
    const MOST: usize = 512;
    const MOST_BYTES: usize = 256 * 1024;
    if parameters.len() > MOST {
        return errors.0.push(FieldError::too_long(&parameters.path, MOST));
    }
    let mut size = 0;
    for (key, value) in parameters.entries() {
        if key.is_empty() {
            errors.invalid_value(&parameters.path, key, "field can not be empty.");
        }
        size += key.len() + value.text().len();
    }
    if size > MOST_BYTES {
        errors.0.push(FieldError::too_long(&parameters.path, MOST_BYTES));
    }
}
