//! The row of Node.

use crate::{
    Kind, Subresource,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "spec.unschedulable", path: "spec.unschedulable", unset: "false" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["no"],
    subresources: &[
        Subresource::Status,
        Subresource::Named {
            name: "proxy",
            kind: ("", "v1", "NodeProxyOptions"),
            verbs: &["create", "delete", "get", "patch", "update"],
        },
    ],
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    ..Kind::new("", "v1", "Node", "nodes", "node", false)
};
