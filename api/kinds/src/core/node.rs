//! The row of Node.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns,
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
    columns: &[
        Column::string("Status", "Whether the node is ready, and whether it takes pods.", |object, _| {
            state(object).into()
        }),
        Column::string("Roles", "Roles that labels give the node.", |object, _| roles(object)),
        columns::AGE,
        Column::string("Version", "Version of the kubelet.", |object, _| {
            columns::text(&object["status"]["nodeInfo"]["kubeletVersion"]).into()
        }),
        Column::string("Internal-IP", "Address within the cluster.", |object, _| address(object, "InternalIP")).wide(),
        Column::string("External-IP", "Address from outside the cluster.", |object, _| address(object, "ExternalIP"))
            .wide(),
        Column::string("OS-Image", "Operating system.", |object, _| {
            columns::text_or(&object["status"]["nodeInfo"]["osImage"], "<unknown>")
        })
        .wide(),
        Column::string("Kernel-Version", "Version of the kernel, and the architecture.", |object, _| {
            kernel(object).into()
        })
        .wide(),
        Column::string("Container-Runtime", "Container runtime and its version.", |object, _| {
            columns::text_or(&object["status"]["nodeInfo"]["containerRuntimeVersion"], "<unknown>")
        })
        .wide(),
    ],
    ..Kind::new("", "v1", "Node", "nodes", "node", false)
};

fn state(node: &Value) -> String {
    let ready = match columns::condition(&node["status"], "Ready") {
        None => "Unknown",
        Some(condition) if condition["status"] == "True" => "Ready",
        Some(_) => "NotReady",
    };
    if node["spec"]["unschedulable"] == true { format!("{ready},SchedulingDisabled") } else { ready.to_owned() }
}

/// Roles by the labels `node-role.kubernetes.io/<role>` and `kubernetes.io/role=<role>`.
fn roles(node: &Value) -> Value {
    let labels = node["metadata"]["labels"].as_object();
    let mut roles: Vec<_> = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    columns::text_or(&roles.join(",").into(), "<none>")
}

fn address(node: &Value, kind: &str) -> Value {
    let addresses = columns::items(&node["status"]["addresses"]);
    addresses
        .iter()
        .find(|address| address["type"] == kind)
        .map_or("<none>".into(), |address| address["address"].clone())
}

fn kernel(node: &Value) -> String {
    let info = &node["status"]["nodeInfo"];
    let version = columns::text(&columns::text_or(&info["kernelVersion"], "<unknown>"));
    match columns::text(&info["architecture"]) {
        architecture if architecture.is_empty() => version,
        architecture => format!("{version} ({architecture})"),
    }
}
