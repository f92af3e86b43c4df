//! The row of Ingress.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ing"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("Class", "Class of controllers that serve this ingress.", |object, _| {
            columns::text_or(&object["spec"]["ingressClassName"], "<none>")
        }),
        Column::string("Hosts", "Hosts that the rules match.", |object, _| hosts(object).into()),
        Column::string("Address", "Addresses of the load balancer.", |object, _| {
            columns::load_balancer(&object["status"]).into()
        }),
        Column::string("Ports", "Ports that are open.", |object, _| {
            if columns::items(&object["spec"]["tls"]).is_empty() { "80" } else { "80, 443" }.into()
        }),
        columns::AGE,
    ],
    ..Kind::new("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", true)
};

/// The first three hosts, and how many rules are beyond the third.
fn hosts(ingress: &Value) -> String {
    const SHOWN: usize = 3;
    let rules = columns::items(&ingress["spec"]["rules"]);
    let mut hosts = Vec::new();
    let mut more = false;
    for rule in rules {
        more |= hosts.len() == SHOWN;
        let host = columns::text(&rule["host"]);
        if !more && !host.is_empty() {
            hosts.push(host);
        }
    }
    let shown = hosts.join(",");
    match shown {
        _ if hosts.is_empty() => "*".to_owned(),
        _ if more => format!("{shown} + {} more...", rules.len() - SHOWN),
        _ => shown,
    }
}
