//! Pods.

mod columns;

use crate::{
    Kind, Subresource,
    fields::{self, Field},
};

const FIELDS: &[Field; 9] = &[
    Field { name: "spec.nodeName", path: "spec.nodeName", unset: "" },
    Field { name: "spec.restartPolicy", path: "spec.restartPolicy", unset: "" },
    Field { name: "spec.schedulerName", path: "spec.schedulerName", unset: "" },
    Field { name: "spec.serviceAccountName", path: "spec.serviceAccountName", unset: "" },
    Field { name: "spec.hostNetwork", path: "spec.hostNetwork", unset: "false" },
    Field { name: "status.phase", path: "status.phase", unset: "" },
    Field { name: "status.podIP", path: "status.podIP", unset: "" },
    Field { name: "status.podIPs", path: "status.podIPs", unset: "" },
    Field { name: "status.nominatedNodeName", path: "status.nominatedNodeName", unset: "" },
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["po"],
    categories: &["all"],
    subresources: &[
        Subresource::Status,
        Subresource::Named { name: "attach", kind: ("", "v1", "PodAttachOptions"), verbs: &["create", "get"] },
        Subresource::Named { name: "binding", kind: ("", "v1", "Binding"), verbs: &["create"] },
        Subresource::Named { name: "ephemeralcontainers", kind: ("", "v1", "Pod"), verbs: &["get", "patch", "update"] },
        Subresource::Named { name: "eviction", kind: ("policy", "v1", "Eviction"), verbs: &["create"] },
        Subresource::Named { name: "exec", kind: ("", "v1", "PodExecOptions"), verbs: &["create", "get"] },
        Subresource::Named { name: "log", kind: ("", "v1", "Pod"), verbs: &["get"] },
        Subresource::Named {
            name: "portforward",
            kind: ("", "v1", "PodPortForwardOptions"),
            verbs: &["create", "get"],
        },
        Subresource::Named {
            name: "proxy",
            kind: ("", "v1", "PodProxyOptions"),
            verbs: &["create", "delete", "get", "patch", "update"],
        },
        Subresource::Named { name: "resize", kind: ("", "v1", "Pod"), verbs: &["get", "patch", "update"] },
    ],
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: columns::COLUMNS,
    ..Kind::new("", "v1", "Pod", "pods", "pod", true)
};
