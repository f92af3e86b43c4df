//! Pods.

mod columns;
mod subresources;
mod update;

use serde_json::{Value, json};

use crate::{
    Kind, Subresource, SubresourceRules,
    fields::{self, Field},
    pod_spec::{self, Within},
    strategy,
    validation::{At, Errors},
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
    prepare_create,
    prepare_update: strategy::keep_status,
    validate_create: |pod| Errors::of(pod, validate_create),
    validate: |pod| Errors::of(pod, spec_and_annotations),
    validate_update: |new, old| Errors::of_update(new, old, update::validate),
    validate_status: |new, old| Errors::of_update(new, old, update::validate_status),
    subresource_rules: &[
        SubresourceRules {
            name: "ephemeralcontainers",
            prepare: subresources::prepare_ephemeral_containers,
            validate: |new, old| Errors::of_update(new, old, subresources::ephemeral_containers),
        },
        SubresourceRules {
            name: "resize",
            prepare: subresources::prepare_resize,
            validate: |new, old| Errors::of_update(new, old, subresources::resize),
        },
    ],
    ..Kind::new("", "v1", "Pod", "pods", "pod", true)
};

/// A new pod is pending, of the class that its resources give it, and waits where it is gated.
fn prepare_create(pod: &mut Value) {
    let class = pod_spec::qos_class(pod).to_string();
    pod["status"] = json!({"phase": "Pending", "qosClass": class});
    if !crate::columns::items(&pod["spec"]["schedulingGates"]).is_empty() {
        pod["status"]["conditions"] = json!([{
            "type": "PodScheduled",
            "status": "False",
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
            "lastProbeTime": null,
            "lastTransitionTime": null,
        }]);
    }
}

/// What a pod may not have from the beginning.
fn validate_create(pod: &At<'_>, errors: &mut Errors) {
    let spec = pod.get("spec");
    if !spec.get("ephemeralContainers").is_empty() {
        errors.forbidden(&spec.get("ephemeralContainers"), "cannot be set on create");
    }
    if !spec.get("nodeName").is_empty() && !spec.get("schedulingGates").is_empty() {
        errors.forbidden(&spec.get("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}

/// What holds for a pod at its creation and ever after.
fn spec_and_annotations(pod: &At<'_>, errors: &mut Errors) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    let annotations = pod.get("metadata").get("annotations");
    let spec = pod.get("spec");
    if annotations.key(MIRROR).is_set() && spec.get("nodeName").is_empty() {
        errors.invalid(&annotations.key(MIRROR), "must set spec.nodeName if mirror pod annotation is set");
    }
    let cost = annotations.key(DELETION_COST);
    if cost.is_set() && cost.text().parse::<i32>().is_err() {
        errors.invalid(&cost, "must be a 32bit integer");
    }
    pod_spec::validate(&spec, Within::Pod(pod.get("metadata").get("name").text()), errors);
    if spec.get("serviceAccountName").is_empty() {
        for volume in spec.get("volumes").items() {
            for source in volume.get("projected").get("sources").items() {
                let token = source.get("serviceAccountToken");
                if token.is_set() {
                    errors.forbidden(&token, "must not be specified when serviceAccountName is not set");
                }
            }
        }
    }
}
