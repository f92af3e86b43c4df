//! The row of Secret.

use crate::{
    Kind,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "type", path: "type", unset: "" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    ..Kind::new("", "v1", "Secret", "secrets", "secret", true)
};
