//! The row of Endpoints.

use serde_json::Value;

use crate::{
    Column, Kind, columns,
    core::service::validation::endpoint_ip,
    validation::{At, Errors, names, net},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ep"],
    columns: &[
        Column::string("Endpoints", "Addresses and ports that are ready.", |object, _| endpoints(object).into()),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    ..Kind::new("", "v1", "Endpoints", "endpoints", "endpoints", true)
};

/// Every ready address with every port of its subset, the first three of them.
fn endpoints(object: &Value) -> String {
    let subsets = columns::items(&object["subsets"]);
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for subset in subsets {
        let addresses = || columns::items(&subset["addresses"]).iter().map(|address| columns::text(&address["ip"]));
        let ports = columns::items(&subset["ports"]);
        if ports.is_empty() {
            all.extend(addresses());
        }
        for port in ports {
            let port = columns::number(&port["port"]);
            let with_port =
                |ip: String| if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") };
            all.extend(addresses().map(with_port));
        }
    }
    columns::first_and_more(&all, 3)
}

fn validate(endpoints: &At<'_>, errors: &mut Errors) {
    for subset in endpoints.get("subsets").items() {
        let (ready, waiting, ports) = (subset.get("addresses"), subset.get("notReadyAddresses"), subset.get("ports"));
        if ready.is_empty() && waiting.is_empty() {
            errors.required(&subset, "must specify `addresses` or `notReadyAddresses`");
        }
        for address in ready.items().chain(waiting.items()) {
            let ip = address.get("ip");
            net::ip(&ip, errors);
            errors.rule_if_set(&address.get("hostname"), names::label);
            errors.rule_if_set(&address.get("nodeName"), names::subdomain);
            endpoint_ip(&ip, errors);
        }
        for port in ports.items() {
            let (name, number) = (port.get("name"), port.get("port"));
            if ports.len() > 1 {
                errors.require(&name);
            }
            errors.rule_if_set(&name, names::label);
            let value = number.int().unwrap_or(0);
            if !(1..=65535).contains(&value) {
                errors.invalid_value(&number.path, value, "must be between 1 and 65535, inclusive");
            }
            errors.one_of(&port.get("protocol"), &["SCTP", "TCP", "UDP"]);
            errors.rule_if_set(&port.get("appProtocol"), names::qualified);
        }
    }
}
