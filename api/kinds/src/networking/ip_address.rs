//! The row of IPAddress.

use serde_json::Value;

use crate::{
    Column, Kind, NameRule, columns,
    validation::{At, Errors, names, net},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ip"],
    name_rule: NameRule::PathSegment,
    columns: &[Column::string("ParentRef", "Object that holds the address.", |object, _| parent(object).into())],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
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

fn validate(address: &At<'_>, errors: &mut Errors) {
    net::canonical_ip(&address.get("metadata").get("name"), errors);
    let parent = address.get("spec").get("parentRef");
    if !parent.is_set() {
        return errors.required(&parent, "");
    }
    errors.rule_if_set(&parent.get("group"), names::subdomain);
    for field in ["resource", "name"] {
        if errors.require(&parent.get(field)) {
            errors.rule(&parent.get(field), names::path_segment);
        }
    }
    errors.rule_if_set(&parent.get("namespace"), names::path_segment);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec").get("parentRef"), &old.get("spec").get("parentRef"));
}
