//! The row of IPAddress.

use serde_json::Value;

use crate::{Column, Kind, NameRule, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ip"],
    name_rule: NameRule::PathSegment,
    columns: &[Column::string("ParentRef", "Object that holds the address.", |object, _| parent(object).into())],
    ..Kind::new("networking.k8s.io", "v1", "IPAddress", "ipaddresses", "ipaddress", false)
};

/// `services/default/kubernetes`: resource, namespace and name of the holder.
fn parent(address: &Value) -> String {
    let parent = &address["spec"]["parentRef"];
    if parent.is_null() {
        return "<none>".to_owned();
    }
    let part = |name: &str| columns::text(&parent[name]);
    let resource = match part("group") {
        group if group.is_empty() => part("resource"),
        group => format!("{}.{group}", part("resource")),
    };
    [resource.to_lowercase(), part("namespace"), part("name")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}
