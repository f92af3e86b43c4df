//! What may change in a pod.

use serde_json::Value;

use crate::{
    columns::items,
    validation::{At, Errors, cursor::same, names, net},
};

const UNCHANGEABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// An update of the pod itself, beyond what holds for every pod.
pub(super) fn validate(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    annotations(&new.get("metadata").get("annotations"), &old.get("metadata").get("annotations"), errors);
    let (new, old) = (new.get("spec"), old.get("spec"));
    for list in ["containers", "initContainers"] {
        if new.get(list).len() != old.get(list).len() {
            return errors.forbidden(&new.get(list), "pod updates may not add or remove containers");
        }
    }
    if !deadline(&new.get("activeDeadlineSeconds"), &old.get("activeDeadlineSeconds"), errors) {
        return;
    }
    tolerations(&new.get("tolerations"), &old.get("tolerations"), errors);
    gates(&new.get("schedulingGates"), &old.get("schedulingGates"), errors);
    let mut rest = new.value.clone();
    for list in ["containers", "initContainers"] {
        for (index, container) in items(&old.value[list]).iter().enumerate() {
            rest[list][index]["image"] = container["image"].clone();
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        rest[field] = old.value[field].clone();
    }
    let grace = "terminationGracePeriodSeconds";
    if old.get(grace).int().is_some_and(|seconds| seconds < 0) && new.get(grace).int() == Some(1) {
        rest[grace] = old.value[grace].clone();
    }
    if !old.get("schedulingGates").is_empty() {
        gated(&new, &old, &mut rest, errors);
    }
    if !same(&rest, old.value) {
        errors.forbidden(&new, UNCHANGEABLE);
    }
}

/// A mirror pod stays one; other pods do not become one.
fn annotations(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    let (new, old) = (new.key(MIRROR), old.key(MIRROR));
    if old.is_set() && old.value != new.value {
        errors.forbidden(&new, "may not remove or update mirror pod annotation");
    } else if !old.is_set() && new.is_set() {
        errors.forbidden(&new, "may not add mirror pod annotation");
    }
}

/// A deadline may be set and shortened. False where it is so wrong that nothing else is said.
fn deadline(new: &At<'_>, old: &At<'_>, errors: &mut Errors) -> bool {
    match (new.int(), old.int()) {
        (Some(new_seconds), Some(old_seconds)) if new_seconds > old_seconds => {
            errors.invalid(new, "must be less than or equal to previous value");
            return false;
        }
        (None, Some(_)) => {
            errors.invalid_value(&new.path, "null", "must not update from a positive integer to nil value")
        }
        _ => {}
    }
    true
}

fn tolerations(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let without_seconds = |toleration: &Value| {
        let mut toleration = toleration.clone();
        if let Some(fields) = toleration.as_object_mut() {
            fields.remove("tolerationSeconds");
        }
        toleration
    };
    let kept = |toleration: &Value| {
        items(new.value).iter().any(|other| same(&without_seconds(other), &without_seconds(toleration)))
    };
    if !items(old.value).iter().all(kept) {
        errors.forbidden(new, "existing toleration can not be modified except its tolerationSeconds");
    }
}

fn gates(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    for gate in new.items() {
        let name = gate.get("name");
        if !items(old.value).iter().any(|gate| gate["name"] == *name.value) {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{}'", name.text());
            errors.forbidden(&name, &detail);
        }
    }
}

/// While a pod is gated, where it may run may still be narrowed.
fn gated(new: &At<'_>, old: &At<'_>, rest: &mut Value, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let (selector, before) = (new.get("nodeSelector"), old.get("nodeSelector"));
    if before.entries().any(|(key, value)| selector.value[key] != *value.value) {
        errors.invalid(&selector, "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
    }
    rest["nodeSelector"] = before.value.clone();
    let affinity = |spec: &At<'_>| spec.value["affinity"]["nodeAffinity"].clone();
    let (now, then) = (affinity(new), affinity(old));
    if same(&now, &then) {
        return;
    }
    let at = new.get("affinity").get("nodeAffinity").get(REQUIRED).get("nodeSelectorTerms");
    let (new_terms, old_terms) = (items(at.value), items(&then[REQUIRED]["nodeSelectorTerms"]));
    if !old_terms.is_empty() && new_terms.len() != old_terms.len() {
        errors.invalid(&at, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
    } else {
        for (term, before) in at.items().zip(old_terms) {
            let keeps = |field: &str| items(&term.value[field]).starts_with(items(&before[field]));
            if !keeps("matchExpressions") || !keeps("matchFields") {
                errors.invalid(&term, "only additions are allowed (no mutations or deletions)");
            }
        }
    }
    if old.get("affinity").is_set() {
        rest["affinity"]["nodeAffinity"] = then;
    } else if new.get("affinity").entries().all(|(kind, _)| kind == "nodeAffinity") {
        rest["affinity"] = Value::Null;
    }
}

/// An update of the status.
pub(super) fn validate_status(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (status, before) = (new.get("status"), old.get("status"));
    if new.value["spec"]["nodeName"] != old.value["spec"]["nodeName"] {
        errors.forbidden(&status.get("nodeName"), "may not be changed directly");
    }
    for condition in status.get("conditions").items() {
        if !matches!(condition.get("type").text(), "PodScheduled" | "Ready" | "Initialized") {
            let kind = At { value: condition.get("type").value, ..condition.get("Type") };
            errors.rule(&kind, names::qualified);
        }
    }
    let nominated = status.get("nominatedNodeName");
    if !nominated.is_empty() && nominated.value != before.get("nominatedNodeName").value {
        errors.rule(&nominated, names::subdomain);
        if !old.get("spec").get("nodeName").is_empty() {
            errors.forbidden(&nominated, "may not be set on pods that are already bound to a node");
        }
    }
    // A kubelet that rejects a pod may leave the class out; the server fills it in again.
    if status.get("qosClass").is_set() {
        errors.immutable(&status.get("qosClass"), &before.get("qosClass"));
    }
    addresses(&status.get("podIPs"), errors);
    if old.get("spec").get("restartPolicy").text() != "Always" {
        stay_terminated(&status, &before, old, errors);
    }
}

fn addresses(addresses: &At<'_>, errors: &mut Errors) {
    for address in addresses.items() {
        net::ip(&At { value: &address.value["ip"], path: address.path }, errors);
    }
    let six = |address: &At<'_>| address.get("ip").text().contains(':');
    let families = (addresses.items().filter(|address| !six(address)).count(), addresses.items().filter(six).count());
    if families.0 > 1 || families.1 > 1 {
        errors.invalid(addresses, "may specify no more than one IP for each IP family");
    }
}

/// A container that ended and is not started again does not run again.
fn stay_terminated(status: &At<'_>, before: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let on_failure = old.get("spec").get("restartPolicy").text() == "OnFailure";
    let containers = items(&old.value["spec"]["containers"]);
    let own_rules = |name: &Value| {
        let container = containers.iter().find(|container| container["name"] == *name);
        container.is_some_and(|container| !container["restartPolicy"].is_null())
    };
    for (index, ended) in items(&before.value["containerStatuses"]).iter().enumerate() {
        let terminated = &ended["state"]["terminated"];
        let restarts = on_failure && terminated["exitCode"].as_i64() != Some(0);
        if terminated.is_null() || restarts || own_rules(&ended["name"]) {
            continue;
        }
        let now = items(&status.value["containerStatuses"]).iter().find(|now| now["name"] == ended["name"]);
        if now.is_some_and(|now| now["state"]["terminated"].is_null()) {
            let path = format!("{}[{index}].state", status.get("containerStatuses").path);
            errors.0.push(crate::FieldError::forbidden(path, "may not be transitioned to non-terminated state"));
        }
    }
}
