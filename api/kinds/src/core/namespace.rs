//! The row of Namespace.

use serde_json::json;

use crate::{
    Column, Kind, NameRule, Subresource, columns,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "status.phase", path: "status.phase", unset: "" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ns"],
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    subresources: &[
        Subresource::Status,
        Subresource::Named { name: "finalize", kind: ("", "v1", "Namespace"), verbs: &["update"] },
    ],
    name_rule: NameRule::Label,
    prepare_create: |namespace| {
        namespace["spec"] = json!({"finalizers": ["kubernetes"]});
        namespace["status"] = json!({"phase": "Active"});
        namespace["metadata"]["labels"]["kubernetes.io/metadata.name"] = namespace["metadata"]["name"].clone();
    },
    prepare_update: |new, old| new["spec"]["finalizers"] = old["spec"]["finalizers"].clone(),
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Status", "Whether the namespace is in use or going away.", |object, _| {
            columns::text(&object["status"]["phase"]).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("", "v1", "Namespace", "namespaces", "namespace", false)
};
