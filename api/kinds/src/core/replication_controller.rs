//! The row of ReplicationController.

use crate::{
    Kind, Subresource,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "status.replicas", path: "status.replicas", unset: "0" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["rc"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    ..Kind::new("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", true)
};
