//! The row of Endpoints.

use serde_json::Value;

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ep"],
    columns: &[
        Column::string("Endpoints", "Addresses and ports that are ready.", |object, _| endpoints(object).into()),
        columns::AGE,
    ],
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
