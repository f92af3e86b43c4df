//! Discovery: which groups, versions and resources there are, plain and aggregated (`apidiscovery.k8s.io/v2`).

use reks_kinds::{Kind, Subresource};
use serde_json::{Value, json};

use crate::catalog::Catalog;

const STATUS_VERBS: &[&str] = &["get", "patch", "update"];
const SCALE_KIND: (&str, &str, &str) = ("autoscaling", "v1", "Scale");

/// `GET /api`.
#[must_use]
pub fn core_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

/// `GET /apis`.
#[must_use]
pub fn group_list(catalog: &Catalog) -> Value {
    let groups: Vec<Value> = catalog.groups().iter().map(|(group, versions)| group_value(group, versions)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `GET /apis/<group>`; none for a group that is not served.
#[must_use]
pub fn group(catalog: &Catalog, name: &str) -> Option<Value> {
    let groups = catalog.groups();
    let mut value = group_value(name, groups.get(name)?);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

fn group_value(name: &str, versions: &[&str]) -> Value {
    let version = |version: &&str| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let versions: Vec<Value> = versions.iter().map(version).collect();
    json!({"name": name, "versions": versions, "preferredVersion": versions.first()})
}

/// `GET /api/v1` or `/apis/<group>/<version>`; none for a version that is not served.
#[must_use]
pub fn resource_list(catalog: &Catalog, group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    for kind in kinds_of(catalog, group, version) {
        resources.push(plain_resource(kind));
        for sub in subresources(kind) {
            let mut value = json!({
                "name": format!("{}/{}", kind.plural, sub.name), "singularName": "", "namespaced": kind.namespaced,
                "kind": sub.kind.2, "verbs": sub.verbs,
            });
            if (sub.kind.0, sub.kind.1) != (kind.group, kind.version) {
                value["group"] = sub.kind.0.into();
                value["version"] = sub.kind.1.into();
            }
            resources.push(value);
        }
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    (!resources.is_empty()).then(|| {
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
    })
}

fn plain_resource(kind: &Kind) -> Value {
    let mut value = json!({
        "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
        "verbs": kind.verbs,
    });
    if !kind.short_names.is_empty() {
        value["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        value["categories"] = json!(kind.categories);
    }
    value
}

/// The aggregated document of `/api` (`core`) or `/apis`.
#[must_use]
pub fn aggregated(catalog: &Catalog, core: bool) -> Value {
    let groups: Vec<(&str, Vec<&str>)> =
        if core { vec![("", vec!["v1"])] } else { catalog.groups().into_iter().collect() };
    let items: Vec<Value> = groups
        .into_iter()
        .map(|(group, versions)| {
            let versions: Vec<Value> = versions
                .into_iter()
                .map(|version| {
                    let resources: Vec<Value> = kinds_of(catalog, group, version).map(aggregated_resource).collect();
                    json!({"version": version, "resources": resources, "freshness": "Current"})
                })
                .collect();
            let metadata = if group.is_empty() {
                json!({"creationTimestamp": null})
            } else {
                json!({"name": group, "creationTimestamp": null})
            };
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
    })
}

fn aggregated_resource(kind: &Kind) -> Value {
    let of = |(group, version, kind): (&str, &str, &str)| json!({"group": group, "version": version, "kind": kind});
    let subs: Vec<Value> = subresources(kind)
        .map(|sub| json!({"subresource": sub.name, "responseKind": of(sub.kind), "verbs": sub.verbs}))
        .collect();
    let mut value = json!({
        "resource": kind.plural, "responseKind": of((kind.group, kind.version, kind.kind)),
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular, "verbs": kind.verbs,
    });
    if !kind.short_names.is_empty() {
        value["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        value["categories"] = json!(kind.categories);
    }
    if !subs.is_empty() {
        value["subresources"] = subs.into();
    }
    value
}

/// A subresource as discovery shows it.
pub(crate) struct Sub {
    pub name: &'static str,
    /// Group, version and kind of what is read or written there.
    pub kind: (&'static str, &'static str, &'static str),
    pub verbs: &'static [&'static str],
}

/// The subresources of a kind.
pub(crate) fn subresources(kind: &Kind) -> impl Iterator<Item = Sub> {
    let own = (kind.group, kind.version, kind.kind);
    kind.subresources.iter().map(move |sub| match *sub {
        Subresource::Status => Sub { name: "status", kind: own, verbs: STATUS_VERBS },
        Subresource::Scale { .. } => Sub { name: "scale", kind: SCALE_KIND, verbs: STATUS_VERBS },
        Subresource::Named { name, kind, verbs } => Sub { name, kind, verbs },
    })
}

fn kinds_of<'a>(catalog: &'a Catalog, group: &'a str, version: &'a str) -> impl Iterator<Item = &'a Kind> {
    let of_version = move |kind: &&Kind| kind.group == group && kind.version == version;
    catalog.iter().map(|resource| resource.kind).filter(of_version)
}
