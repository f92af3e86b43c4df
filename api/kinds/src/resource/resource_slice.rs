//! The row of ResourceSlice.

use crate::{
    Kind,
    fields::{self, Field},
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
    ..Kind::new("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", "resourceslice", false)
};
