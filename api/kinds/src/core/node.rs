//! The row of Node.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    Column, FieldError, Kind, Subresource, columns,
    fields::{self, Field},
    pod_spec::{resources, scheduling},
    strategy,
    validation::{At, Errors, names, net},
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
    prepare_update: strategy::keep_status,
    validate: |node| Errors::of(node, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, old| {
        Errors::of_update(new, old, |new, old, errors| {
            amounts(new, errors);
            validate_update(new, old, errors);
        })
    },
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

fn validate(node: &At<'_>, errors: &mut Errors) {
    taints(node, errors);
    amounts(node, errors);
    let ranges = node.get("spec").get("podCIDRs");
    for range in ranges.items() {
        net::cidr(&range, errors);
    }
    let six = ranges.items().filter(|range| range.text().contains(':')).count();
    if six > 1 || ranges.len() - six > 1 {
        errors.invalid(&ranges, "may specify no more than one CIDR for each IP family");
    }
}

/// Taints are valid, and unique by key and effect. Upstream's path is below `metadata`.
fn taints(node: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    let taints = At { value: &node.value["spec"]["taints"], path: "metadata.taints".to_owned() };
    for taint in taints.items() {
        let (key, value, effect) = (taint.get("key"), taint.get("value"), taint.get("effect"));
        errors.rule(&key, names::qualified);
        let messages = names::label_value(value.text());
        if !messages.is_empty() {
            errors.invalid(&value, &messages.join(";"));
        }
        errors.required_one_of(&effect, scheduling::TAINT_EFFECTS);
        if !seen.insert((key.text(), effect.text())) {
            let mut error = FieldError::duplicate(&taint.path, taint.value);
            error.message += ": taints must be unique by key and effect pair";
            errors.0.push(error);
        }
    }
}

fn amounts(node: &At<'_>, errors: &mut Errors) {
    for list in ["capacity", "allocatable"] {
        let list = node.get("status").get(list);
        for (name, amount) in list.entries() {
            // Upstream's path has the name as a field.
            resources::quantity_of(name, &At { path: list.get(name).path, ..amount }, errors);
        }
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let mut seen = Vec::new();
    for address in new.get("status").get("addresses").items() {
        if seen.contains(&address.value) {
            errors.duplicate(&address);
        }
        seen.push(address.value);
    }
    let (spec, before) = (new.get("spec"), old.get("spec"));
    for (field, name) in [("podCIDRs", "podCIDR"), ("providerID", "providerID")] {
        let (now, then) = (spec.get(field), before.get(field));
        if !then.is_empty() && now.value != then.value {
            errors.forbidden(&now, &format!("node updates may not change {name} except from \"\" to valid"));
        }
    }
}
