//! The row of Job.

use crate::{
    Kind, Subresource,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "status.successful", path: "status.succeeded", unset: "0" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["all"],
    subresources: &[Subresource::Status],
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    ..Kind::new("batch", "v1", "Job", "jobs", "job", true)
};
