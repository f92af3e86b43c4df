//! Services.

mod update;
pub(crate) mod validation;

use serde_json::{Value, json};

use crate::{
    Column, Kind, NameRule, Subresource, columns,
    fields::{self, Field},
    strategy,
    validation::Errors,
};

const FIELDS: &[Field; 2] = &[
    Field { name: "spec.clusterIP", path: "spec.clusterIP", unset: "" },
    Field { name: "spec.type", path: "spec.type", unset: "" },
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["svc"],
    categories: &["all"],
    subresources: &[
        Subresource::Named {
            name: "proxy",
            kind: ("", "v1", "ServiceProxyOptions"),
            verbs: &["create", "delete", "get", "patch", "update"],
        },
        Subresource::Status,
    ],
    name_rule: NameRule::Label,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Type", "How the service is exposed.", |object, _| {
            columns::text(&object["spec"]["type"]).into()
        }),
        Column::string("Cluster-IP", "Virtual address of the service.", |object, _| {
            columns::text_or(&object["spec"]["clusterIPs"][0], "<none>")
        }),
        Column::string("External-IP", "Addresses from outside the cluster.", |object, _| external(object).into()),
        Column::string("Port(s)", "Ports, those on nodes, and protocols.", |object, _| ports(object)),
        columns::AGE,
        Column::string("Selector", "Labels of the pods behind the service.", |object, _| {
            columns::labels(&object["spec"]["selector"])
        })
        .wide(),
    ],
    prepare_create,
    prepare_update: update::prepare,
    validate: |service| Errors::of(service, validation::validate),
    validate_update: |new, old| Errors::of_update(new, old, update::validate),
    validate_status: |new, _| Errors::of(new, validation::validate_status),
    ..Kind::new("", "v1", "Service", "services", "service", true)
};

fn external(service: &Value) -> String {
    let spec = &service["spec"];
    let addresses = columns::joined(&spec["externalIPs"], ",");
    let or = |text: String, absent: &str| if text.is_empty() { absent.to_owned() } else { text };
    match spec["type"].as_str() {
        Some("ClusterIP" | "NodePort") => or(addresses, "<none>"),
        Some("LoadBalancer") => {
            let all = [columns::load_balancer(&service["status"]), addresses];
            or(all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(","), "<pending>")
        }
        Some("ExternalName") => columns::text(&spec["externalName"]),
        _ => "<unknown>".to_owned(),
    }
}

fn ports(service: &Value) -> Value {
    let port = |port: &Value| {
        let node_port = columns::number(&port["nodePort"]);
        let node_port = if node_port > 0 { format!(":{node_port}") } else { String::new() };
        format!("{}{node_port}/{}", columns::number(&port["port"]), columns::text(&port["protocol"]))
    };
    let ports = columns::items(&service["spec"]["ports"]).iter().map(port).collect::<Vec<_>>().join(",");
    columns::text_or(&ports.into(), "<none>")
}

fn prepare_create(service: &mut Value) {
    strategy::clear_status(service);
    service["status"] = json!({"loadBalancer": {}});
    update::normalize_addresses(&mut service["spec"], &Value::Null);
}
