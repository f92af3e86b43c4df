//! What may change in a Service, and what a change carries over.

use serde_json::Value;

use super::validation;
use crate::{
    columns::{items, number, text},
    strategy,
    validation::{At, Errors},
};

/// Addresses and ports that the server gave stay where the user leaves them out, and go where the new type has no use for them.
pub(super) fn prepare(new: &mut Value, old: &Value) {
    strategy::keep_status(new, old);
    normalize_addresses(&mut new["spec"], &old["spec"]);
    let mut status = new["status"].clone();
    let (spec, before) = (&mut new["spec"], &old["spec"]);
    if has_cluster_ip(spec) && has_cluster_ip(before) {
        for field in ["clusterIP", "clusterIPs"] {
            fill(spec, before, field);
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            fill(spec, before, field);
        }
    } else if has_cluster_ip(before) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            drop_if_same(spec, before, field);
        }
    }
    match (has_node_ports(before), has_node_ports(spec)) {
        (true, true) => keep_node_ports(spec, before),
        (true, false) => drop_node_ports(spec, before),
        _ => {}
    }
    match (has_health_check(before), has_health_check(spec)) {
        (true, true) => fill(spec, before, "healthCheckNodePort"),
        (true, false) => drop_if_same(spec, before, "healthCheckNodePort"),
        _ => {}
    }
    if before["type"] == "LoadBalancer" && spec["type"] != "LoadBalancer" {
        drop_if_same(spec, before, "allocateLoadBalancerNodePorts");
        drop_if_same(spec, before, "loadBalancerClass");
    }
    if spec["type"] != "LoadBalancer"
        && let Some(status) = status.as_object_mut()
    {
        status.insert("loadBalancer".to_owned(), Value::Object(serde_json::Map::new()));
    }
    if is_external(before) && !is_external(spec) {
        drop_if_same(spec, before, "externalTrafficPolicy");
    }
    if !status.is_null() {
        new["status"] = status;
    }
}

/// The one address and the list of addresses follow each other.
pub(super) fn normalize_addresses(spec: &mut Value, before: &Value) {
    let (first, all) = (text(&spec["clusterIP"]), items(&spec["clusterIPs"]).len());
    let list_kept = spec["clusterIPs"] == before["clusterIPs"];
    if !first.is_empty() && (all == 0 || (list_kept && spec["clusterIP"] != before["clusterIP"])) {
        spec["clusterIPs"] = vec![first].into();
    } else if first.is_empty() && list_kept && !text(&before["clusterIP"]).is_empty() {
        remove(spec, "clusterIPs");
    }
}

fn has_cluster_ip(spec: &Value) -> bool {
    spec["type"] != "ExternalName"
}

fn has_node_ports(spec: &Value) -> bool {
    spec["type"] == "NodePort" || (spec["type"] == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] != false)
}

fn has_health_check(spec: &Value) -> bool {
    spec["type"] == "LoadBalancer" && spec["externalTrafficPolicy"] == "Local"
}

fn is_external(spec: &Value) -> bool {
    let external = !items(&spec["externalIPs"]).is_empty();
    spec["type"] == "LoadBalancer" || spec["type"] == "NodePort" || (spec["type"] == "ClusterIP" && external)
}

fn is_unset(value: &Value) -> bool {
    value.is_null() || value == "" || *value == 0 || value.as_array().is_some_and(Vec::is_empty)
}

fn fill(spec: &mut Value, before: &Value, field: &str) {
    if is_unset(&spec[field]) && !is_unset(&before[field]) {
        spec[field] = before[field].clone();
    }
}

fn drop_if_same(spec: &mut Value, before: &Value, field: &str) {
    if spec[field] == before[field] {
        remove(spec, field);
    }
}

fn remove(spec: &mut Value, field: &str) {
    if let Some(fields) = spec.as_object_mut() {
        fields.remove(field);
    }
}

/// A port keeps its node port, by its name, unless another port has taken it.
fn keep_node_ports(spec: &mut Value, before: &Value) {
    let taken: Vec<_> = items(&spec["ports"]).iter().map(|port| number(&port["nodePort"])).collect();
    let Some(ports) = spec.get_mut("ports").and_then(Value::as_array_mut) else { return };
    for port in ports.iter_mut().filter(|port| number(&port["nodePort"]) == 0) {
        let name = text(&port["name"]);
        let same = items(&before["ports"]).iter().find(|old| text(&old["name"]) == name);
        let node_port = same.map_or(0, |old| number(&old["nodePort"]));
        if node_port != 0 && !taken.contains(&node_port) {
            port["nodePort"] = node_port.into();
        }
    }
}

fn drop_node_ports(spec: &mut Value, before: &Value) {
    let of = |spec: &Value| items(&spec["ports"]).iter().map(|port| number(&port["nodePort"])).collect::<Vec<_>>();
    if of(spec) != of(before) {
        return;
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        remove(port, "nodePort");
    }
}

/// An update of the service itself.
pub(super) fn validate(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (spec, before) = (new.get("spec"), old.get("spec"));
    let external_name = [&spec, &before].iter().any(|spec| spec.get("type").text() == "ExternalName");
    let headless = (validation::is_headless(&spec), validation::is_headless(&before));
    if !external_name && headless != (true, true) {
        fixed(&spec, &before, "clusterIPs", "clusterIP", errors);
    }
    if !external_name && headless == (false, false) {
        fixed(&spec, &before, "ipFamilies", "ipFamily", errors);
    }
    let balanced = [&spec, &before].iter().all(|spec| spec.get("type").text() == "LoadBalancer");
    if balanced {
        errors.unchanged(&spec.get("loadBalancerClass"), &before.get("loadBalancerClass"), "may not change once set");
    }
}

/// The first of two values stays; the second may come and, with its family, go.
fn fixed(spec: &At<'_>, before: &At<'_>, field: &str, one: &str, errors: &mut Errors) {
    let (now, then) = (spec.get(field), before.get(field));
    let path = |index: usize| format!("{}[{index}]", now.path);
    for (index, (new, old)) in items(now.value).iter().zip(items(then.value)).enumerate() {
        if new != old && (index == 0 || now.len() == then.len()) {
            let index = if field == "ipFamilies" { 0 } else { index };
            errors.invalid_value(&path(index), now.value.clone(), "may not change once set");
        }
    }
    if then.len() > now.len() {
        if now.is_empty() {
            errors.invalid_value(&path(0), now.value.clone(), &format!("primary {one} can not be unset"));
        }
        let policy = spec.get("ipFamilyPolicy");
        if now.len() == 1 && policy.text() != "SingleStack" {
            let detail = format!("must be set to 'SingleStack' when releasing the secondary {one}");
            errors.invalid(&policy, &detail);
        }
    }
}
