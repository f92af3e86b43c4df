//! The table of kinds as a whole.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use reks_kinds::{Kind, Storage, Subresource, all, find};
use serde_json::{Value, json};

fn row(group: &str, plural: &str) -> &'static Kind {
    all().iter().copied().find(|kind| kind.group == group && kind.plural == plural).unwrap()
}

#[test]
fn every_resource_stands_once() {
    let mut seen = HashSet::new();
    for kind in all() {
        assert!(seen.insert((kind.group, kind.version, kind.plural)), "{} {}", kind.api_version(), kind.plural);
    }
    assert_eq!(seen.len(), 68);
}

#[test]
fn plurals_singulars_and_short_names_are_lowercase() {
    for kind in all() {
        for name in [&[kind.plural, kind.singular], kind.short_names].concat() {
            assert!(name.chars().all(|c| c.is_ascii_lowercase()), "{name}");
        }
    }
}

#[test]
fn short_names_are_unambiguous_among_groups() {
    let mut owners = HashSet::new();
    for kind in all().iter().filter(|kind| kind.group != "events.k8s.io" && kind.version != "v2") {
        for short in kind.short_names {
            assert!(owners.insert(*short), "{short}");
        }
    }
}

#[test]
fn what_is_kept_as_another_kind_names_one_that_is_kept() {
    for kind in all() {
        if let Storage::As { group, plural, .. } = kind.storage {
            assert!(
                all().iter().any(|other| other.group == group
                    && other.plural == plural
                    && matches!(other.storage, Storage::Own)),
                "{plural}"
            );
        }
    }
}

#[test]
fn the_subresources_of_pods_are_all_there() {
    let names: Vec<_> = row("", "pods")
        .subresources
        .iter()
        .map(|subresource| match subresource {
            Subresource::Status => "status",
            Subresource::Scale { .. } => "scale",
            Subresource::Named { name, .. } => name,
        })
        .collect();
    assert_eq!(
        names,
        [
            "status",
            "attach",
            "binding",
            "ephemeralcontainers",
            "eviction",
            "exec",
            "log",
            "portforward",
            "proxy",
            "resize"
        ]
    );
}

#[test]
fn field_selectors_see_each_kinds_fields() {
    let check = |group: &str, plural: &str, object: Value, name: &str, expected: &str| {
        let kind = row(group, plural);
        assert!(kind.field_names.contains(&name), "{plural} {name}");
        let fields = (kind.fields)(&object);
        assert_eq!(fields.iter().find(|(field, _)| *field == name).unwrap().1, expected, "{plural} {name}");
    };
    check("", "pods", json!({"spec": {"nodeName": "n1"}}), "spec.nodeName", "n1");
    check("", "pods", json!({"spec": {}}), "spec.nodeName", "");
    check("", "pods", json!({"spec": {}}), "spec.hostNetwork", "false");
    check("", "pods", json!({"spec": {"hostNetwork": true}}), "spec.hostNetwork", "true");
    check("", "pods", json!({"status": {"phase": "Running"}}), "status.phase", "Running");
    check("", "nodes", json!({}), "spec.unschedulable", "false");
    check("", "secrets", json!({"type": "Opaque"}), "type", "Opaque");
    check("", "events", json!({"source": {"component": "kubelet"}}), "source", "kubelet");
    check("", "events", json!({"reportingComponent": "scheduler"}), "source", "scheduler");
    check("events.k8s.io", "events", json!({"regarding": {"name": "p"}}), "regarding.name", "p");
    check("batch", "jobs", json!({"status": {"succeeded": 2}}), "status.successful", "2");
    check("batch", "jobs", json!({}), "status.successful", "0");
}

#[test]
fn autoscalers_have_two_versions() {
    assert!(find("autoscaling", "v1", "horizontalpodautoscalers").is_some());
    assert!(find("autoscaling", "v2", "horizontalpodautoscalers").is_some());
    assert!(find("autoscaling", "v3", "horizontalpodautoscalers").is_none());
}
