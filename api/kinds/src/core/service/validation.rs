//! What a Service may be.

use std::{collections::HashSet, net::IpAddr};

use crate::{
    FieldError,
    validation::{At, Errors, names, net, selector},
};

/// Whether the service has `None` for an address.
pub(super) fn is_headless(spec: &At<'_>) -> bool {
    spec.value["clusterIPs"][0] == "None" || spec.get("clusterIP").text() == "None"
}

/// Whether something outside the cluster may reach the service.
fn is_external(spec: &At<'_>) -> bool {
    match spec.get("type").text() {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !spec.get("externalIPs").is_empty(),
        _ => false,
    }
}

/// A service, new or changed.
pub(super) fn validate(service: &At<'_>, errors: &mut Errors) {
    let spec = service.get("spec");
    let kind = spec.get("type").text();
    let headless = is_headless(&spec);
    if spec.get("ports").is_empty() && !headless && kind != "ExternalName" {
        errors.required(&spec.get("ports"), "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let path = format!("{}[0]", spec.get("clusterIPs").path);
            errors.invalid_value(&path, "None", &format!("may not be set to 'None' for {kind} services"));
        }
        "ExternalName" => external_name(&spec, errors),
        _ => {}
    }
    ports(&spec, errors);
    selector::labels(&spec.get("selector"), errors);
    affinity(&spec, errors);
    if kind != "ExternalName" {
        cluster_ips(&spec, headless, errors);
    }
    for address in spec.get("externalIPs").items() {
        let before = errors.0.len();
        net::ip(&address, errors);
        if errors.0.len() == before {
            endpoint_ip(&address, errors);
        }
    }
    errors.one_of(&spec.get("type"), &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    load_balancer(&spec, errors);
    traffic(&spec, errors);
}

fn external_name(spec: &At<'_>, errors: &mut Errors) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let field = spec.get(field);
        if !field.is_empty() {
            errors.forbidden(&field, "may not be set for ExternalName services");
        }
    }
    let name = spec.get("externalName");
    let domain = name.text().strip_suffix('.').unwrap_or(name.text());
    if domain.is_empty() {
        return errors.required(&name, "");
    }
    for message in names::subdomain(domain) {
        errors.invalid_value(&name.path, domain, &message);
    }
}

fn ports(spec: &At<'_>, errors: &mut Errors) {
    let ports = spec.get("ports");
    let (mut names_seen, mut node_ports, mut numbers) = (HashSet::new(), HashSet::new(), HashSet::new());
    for port in ports.items() {
        let (name, number, protocol) = (port.get("name"), port.get("port"), port.get("protocol"));
        if name.is_empty() {
            if ports.len() > 1 {
                errors.required(&name, "");
            }
        } else {
            errors.rule(&name, names::label);
            if !names_seen.insert(name.text()) {
                errors.duplicate(&name);
            }
        }
        let value = number.int().unwrap_or(0);
        if !(1..=65535).contains(&value) {
            errors.invalid_value(&number.path, value, "must be between 1 and 65535, inclusive");
        }
        errors.one_of(&protocol, &["SCTP", "TCP", "UDP"]);
        let target = port.get("targetPort");
        if target.is_set() {
            crate::pod_spec::probe_port(&target, errors);
        }
        errors.rule_if_set(&port.get("appProtocol"), names::qualified);
        let node_port = port.get("nodePort");
        if let Some(value) = node_port.int().filter(|value| *value != 0) {
            if spec.get("type").text() == "ClusterIP" {
                errors.forbidden(&node_port, "may not be used when `type` is 'ClusterIP'");
            }
            if !node_ports.insert((protocol.text(), value)) {
                errors.duplicate(&node_port);
            }
        }
        if !numbers.insert((protocol.text(), value)) {
            let key = serde_json::json!({
                "Name": "", "Protocol": protocol.text(), "AppProtocol": null, "Port": value, "TargetPort": 0, "NodePort": 0,
            });
            errors.0.push(FieldError::duplicate(&port.path, &key));
        }
    }
}

fn affinity(spec: &At<'_>, errors: &mut Errors) {
    const MOST_SECONDS: i64 = 86_400;
    const WHEN: &str = "when session affinity type is ClientIP";
    let (affinity, config) = (spec.get("sessionAffinity"), spec.get("sessionAffinityConfig"));
    errors.one_of(&affinity, &["ClientIP", "None"]);
    if affinity.text() == "None" && config.is_set() {
        errors.forbidden(&config, "must not be set when session affinity is None");
    }
    if affinity.text() == "ClientIP" {
        let client = config.get("clientIP");
        let seconds = client.get("timeoutSeconds");
        if let Some(missing) = [&config, &client, &seconds].into_iter().find(|at| !at.is_set()) {
            errors.required(missing, WHEN);
        } else if !(1..=MOST_SECONDS).contains(&seconds.int().unwrap_or(0)) {
            let detail = format!("must be greater than 0 and less than {MOST_SECONDS}");
            errors.invalid(&seconds, &detail);
        }
    }
}

fn cluster_ips(spec: &At<'_>, headless: bool, errors: &mut Errors) {
    let (first, all) = (spec.get("clusterIP"), spec.get("clusterIPs"));
    if !first.is_empty() {
        if all.is_empty() {
            errors.required(&all, "");
        } else if all.value[0] != *first.value {
            errors.invalid(&all, "first value must match `clusterIP`");
        }
    } else if !all.is_empty() {
        errors.invalid(&all, "must be empty when `clusterIP` is not specified");
    }
    let families = spec.get("ipFamilies");
    let mut seen = HashSet::new();
    for family in families.items() {
        errors.one_of(&family, &["IPv4", "IPv6"]);
        if !seen.insert(family.text()) {
            errors.duplicate(&family);
        }
    }
    errors.one_of(&spec.get("ipFamilyPolicy"), &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    let before = errors.0.len();
    for (index, address) in all.items().enumerate() {
        if index == 0 && address.text() == "None" {
            if all.len() > 1 {
                errors.invalid(&all, "'None' must be the first and only value");
            }
        } else {
            net::ip(&address, errors);
        }
    }
    let well_formed = errors.0.len() == before;
    if all.len() > 2 {
        errors.invalid(&all, "may only hold up to 2 values");
    }
    if !well_formed {
        return;
    }
    let is_six = |address: &At<'_>| address.text().contains(':');
    if all.len() > 1 && all.items().map(|address| is_six(&address)).collect::<HashSet<_>>().len() != 2 {
        errors.invalid(&all, "may specify no more than one IP for each IP family");
    }
    if headless {
        return;
    }
    for (index, (address, family)) in all.items().zip(families.items()).enumerate() {
        if is_six(&address) != (family.text() == "IPv6") {
            let detail = format!("expected an {} value as indicated by `ipFamilies[{index}]`", family.text());
            errors.invalid(&address, &detail);
        }
    }
}

fn load_balancer(spec: &At<'_>, errors: &mut Errors) {
    const ONLY: &str = "may only be used when `type` is 'LoadBalancer'";
    let balanced = spec.get("type").text() == "LoadBalancer";
    let ranges = spec.get("loadBalancerSourceRanges");
    if !ranges.is_empty() {
        // Upstream's path begins with a capital.
        let at = At { value: ranges.value, ..spec.get("LoadBalancerSourceRanges") };
        if !balanced {
            errors.forbidden(&at, ONLY);
        }
        for range in at.items() {
            let trimmed = range.text().trim().into();
            net::cidr(&At { value: &trimmed, path: range.path }, errors);
        }
    }
    for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        let field = spec.get(field);
        if field.is_set() && !balanced {
            errors.forbidden(&field, ONLY);
        }
    }
    if balanced {
        errors.rule_if_set(&spec.get("loadBalancerClass"), names::qualified);
    }
}

fn traffic(spec: &At<'_>, errors: &mut Errors) {
    let policy = spec.get("externalTrafficPolicy");
    if !is_external(spec) && !policy.is_empty() {
        errors.invalid(&policy, "may only be set for externally-accessible services");
    } else if is_external(spec) {
        errors.one_of(&policy, &["Cluster", "Local"]);
    }
    let check = spec.get("healthCheckNodePort");
    if spec.get("type").text() == "LoadBalancer" && policy.text() == "Local" {
        if check.int() != Some(0) {
            errors.in_range(&check, 1, 65535);
        }
    } else if check.int().is_some_and(|port| port != 0) {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.invalid(&check, detail);
    }
    errors.one_of(&spec.get("internalTrafficPolicy"), &["Cluster", "Local"]);
    errors.one_of(&spec.get("trafficDistribution"), &["PreferClose", "PreferSameZone", "PreferSameNode"]);
}

/// An address that traffic can be sent to from elsewhere.
pub(crate) fn endpoint_ip(at: &At<'_>, errors: &mut Errors) {
    let Ok(address) = at.text().parse::<IpAddr>() else { return };
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let link_multicast = match address {
        IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
        IpAddr::V6(v6) => v6.segments()[0] & 0xff0f == 0xff02,
    };
    if address.is_unspecified() {
        errors.invalid(at, &format!("may not be unspecified ({})", at.text()));
    }
    if address.is_loopback() {
        errors.invalid(at, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    if link_local {
        errors.invalid(at, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if link_multicast {
        errors.invalid(at, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}

/// A status: only load balancers have points of entry.
pub(super) fn validate_status(service: &At<'_>, errors: &mut Errors) {
    let points = service.get("status").get("loadBalancer").get("ingress");
    if service.get("spec").get("type").text() != "LoadBalancer" && !points.is_empty() {
        return errors.forbidden(&points, "may only be used when `spec.type` is 'LoadBalancer'");
    }
    for point in points.items() {
        let (ip, mode) = (point.get("ip"), point.get("ipMode"));
        if ip.is_empty() {
            if mode.is_set() {
                errors.forbidden(&mode, "may not be specified when `ip` is not set");
            }
        } else {
            net::ip(&ip, errors);
            errors.one_of(&mode, &["Proxy", "VIP"]);
        }
        let hostname = point.get("hostname");
        errors.rule_if_set(&hostname, names::subdomain);
        if hostname.text().parse::<IpAddr>().is_ok() {
            errors.invalid(&hostname, "must be a DNS name, not an IP address");
        }
    }
}
