//! The row of Service.

use crate::{
    Kind, NameRule, Subresource,
    fields::{self, Field},
};

const FIELDS: &[Field; 2] = &[
    Field { name: "spec.clusterIP", path: "spec.clusterIP", unset: "" },
    Field { name: "spec.type", path: "spec.type", unset: "" },
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["svc"],
    categories: &["all"],
    subresources: &[
        Subresource::Named {
            name: "proxy",
            kind: ("", "v1", "ServiceProxyOptions"),
            verbs: &["create", "delete", "get", "patch", "update"],
        },
        Subresource::Status,
    ],
    name_rule: NameRule::Label1035,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    ..Kind::new("", "v1", "Service", "services", "service", true)
};
