//! Service: cluster-internal, without affinity, to the port of the same number.

use serde_json::{Map, Value, json};

use super::object::{elements, is_missing, made, set, set_zero, text};

/// Seconds that a client sticks to an endpoint.
const AFFINITY_SECONDS: i32 = 10_800;

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    set_zero(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => drop(spec.remove("sessionAffinityConfig")),
        "ClientIP" => {
            let given = spec.get("sessionAffinityConfig").and_then(|config| config.pointer("/clientIP/timeoutSeconds"));
            if is_missing(given, true) {
                spec.insert("sessionAffinityConfig".into(), json!({"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}));
            }
        }
        _ => {}
    }
    set_zero(spec, "type", "ClusterIP");
    for port in elements(spec, "ports") {
        set_zero(port, "protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            set_zero(port, "targetPort", number);
        }
    }
    let ty = text(spec, "type").to_owned();
    let balanced = ty == "LoadBalancer";
    if balanced || ty == "NodePort" || (ty == "ClusterIP" && !is_missing(spec.get("externalIPs"), false)) {
        set_zero(spec, "externalTrafficPolicy", "Cluster");
    }
    if balanced || ty == "NodePort" || ty == "ClusterIP" {
        set(spec, "internalTrafficPolicy", "Cluster");
    }
    if balanced {
        set(spec, "allocateLoadBalancerNodePorts", true);
        let balancer = object.get_mut("status").and_then(|status| status.get_mut("loadBalancer")?.as_object_mut());
        for ingress in balancer.into_iter().flat_map(|balancer| elements(balancer, "ingress")) {
            if !text(ingress, "ip").is_empty() {
                set(ingress, "ipMode", "VIP");
            }
        }
    }
}
