//! The row of EndpointSlice.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    Column, Kind, columns,
    core::service::validation::endpoint_ip,
    validation::{At, Errors, names, net},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    columns: &[
        Column::string("AddressType", "Family of the addresses.", |object, _| {
            columns::text(&object["addressType"]).into()
        }),
        Column::string("Ports", "Ports of every endpoint.", |object, _| ports(object)),
        Column::string("Endpoints", "Addresses of the endpoints.", |object, _| endpoints(object)),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", true)
};

fn ports(slice: &Value) -> Value {
    let port = |port: &Value| match (&port["port"], &port["name"]) {
        (Value::Null, Value::Null) => "*".to_owned(),
        (Value::Null, name) => columns::text(name),
        (number, _) => columns::text(number),
    };
    let all: Vec<_> = columns::items(&slice["ports"]).iter().map(port).collect();
    columns::text_or(&columns::first_and_more(&all, 3).into(), "<unset>")
}

fn endpoints(slice: &Value) -> Value {
    let addresses =
        |endpoint: &'_ Value| columns::items(&endpoint["addresses"]).iter().map(columns::text).collect::<Vec<_>>();
    let all: Vec<_> = columns::items(&slice["endpoints"]).iter().flat_map(addresses).collect();
    columns::text_or(&columns::first_and_more(&all, 3).into(), "<unset>")
}

const MOST_ENDPOINTS: usize = 1000;
const MOST_ADDRESSES: usize = 100;
const MOST_PORTS: usize = 20_000;
const MOST_HINTS: usize = 8;

fn validate(slice: &At<'_>, errors: &mut Errors) {
    errors.required_one_of(&slice.get("addressType"), &["FQDN", "IPv4", "IPv6"]);
    check_ports(&slice.get("ports"), errors);
    check_endpoints(slice, errors);
}

fn check_ports(ports: &At<'_>, errors: &mut Errors) {
    if ports.len() > MOST_PORTS {
        return errors.too_many(ports, MOST_PORTS);
    }
    let mut seen = HashSet::new();
    for port in ports.items() {
        let name = port.get("name");
        errors.rule_if_set(&name, names::label);
        if !seen.insert(name.text()) {
            errors.duplicate(&name);
        }
        errors.one_of(&port.get("protocol"), &["SCTP", "TCP", "UDP"]);
        errors.rule_if_set(&port.get("appProtocol"), names::qualified);
    }
}

fn check_endpoints(slice: &At<'_>, errors: &mut Errors) {
    let (kind, endpoints) = (slice.get("addressType"), slice.get("endpoints"));
    if endpoints.len() > MOST_ENDPOINTS {
        return errors.too_many(&endpoints, MOST_ENDPOINTS);
    }
    for endpoint in endpoints.items() {
        let addresses = endpoint.get("addresses");
        if addresses.is_empty() {
            errors.required(&addresses, "must contain at least 1 address");
        }
        errors.too_many(&addresses, MOST_ADDRESSES);
        for address in addresses.items() {
            check_address(&address, &addresses, kind.text(), errors);
        }
        errors.rule_if_set(&endpoint.get("nodeName"), names::subdomain);
        errors.rule_if_set(&endpoint.get("hostname"), names::label);
        for (list, rule) in [("forZones", names::label_value as names::Rule), ("forNodes", names::subdomain)] {
            let hints = endpoint.get("hints").get(list);
            errors.too_many(&hints, MOST_HINTS);
            let mut seen = HashSet::new();
            for hint in hints.items() {
                let name = hint.get("name");
                if !seen.insert(name.text()) {
                    errors.duplicate(&name);
                }
                errors.rule(&name, rule);
            }
        }
    }
}

fn check_address(address: &At<'_>, list: &At<'_>, kind: &str, errors: &mut Errors) {
    let before = errors.0.len();
    match kind {
        "IPv4" => net::ip(address, errors),
        "IPv6" => net::canonical_ip(address, errors),
        "FQDN" => return domain_name(address, errors),
        _ => return,
    }
    if errors.0.len() > before {
        return;
    }
    if address.text().contains(':') != (kind == "IPv6") {
        errors.invalid_value(&list.path, address.text(), &format!("must be an {kind} address"));
    }
    endpoint_ip(address, errors);
}

fn domain_name(address: &At<'_>, errors: &mut Errors) {
    let name = address.text().strip_suffix('.').unwrap_or(address.text());
    let messages = names::subdomain(name);
    if name.is_empty() {
        errors.required(address, "");
    } else if !messages.is_empty() {
        errors.invalid_value(&address.path, name, &messages.join(","));
    } else if !name.contains('.') {
        let detail = "should be a domain with at least two segments separated by dots";
        errors.invalid_value(&address.path, name, detail);
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("addressType"), &old.get("addressType"));
}
