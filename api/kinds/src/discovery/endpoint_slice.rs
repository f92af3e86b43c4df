//! The row of EndpointSlice.

use serde_json::Value;

use crate::{Column, Kind, columns};

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
