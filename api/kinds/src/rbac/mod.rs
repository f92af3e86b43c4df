//! Kinds of `rbac.authorization.k8s.io`.

use serde_json::Value;

use crate::{
    Kind, columns,
    validation::{At, Errors, names},
};

mod cluster_role;
mod cluster_role_binding;
mod role;
mod role_binding;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&cluster_role::KIND, &cluster_role_binding::KIND, &role::KIND, &role_binding::KIND];

/// `ClusterRole/view`: the role that a binding gives.
fn role(binding: &Value) -> String {
    format!("{}/{}", columns::text(&binding["roleRef"]["kind"]), columns::text(&binding["roleRef"]["name"]))
}

/// The subjects of one kind, service accounts with their namespaces.
fn subjects(binding: &Value, kind: &str) -> String {
    let name = |subject: &Value| match kind {
        "ServiceAccount" => format!("{}/{}", columns::text(&subject["namespace"]), columns::text(&subject["name"])),
        _ => columns::text(&subject["name"]),
    };
    let subjects = columns::items(&binding["subjects"]).iter().filter(|subject| subject["kind"] == kind).map(name);
    subjects.collect::<Vec<_>>().join(", ")
}

const GROUP: &str = "rbac.authorization.k8s.io";

/// The rules of a role.
fn rules(role: &At<'_>, namespaced: bool, errors: &mut Errors) {
    for rule in role.get("rules").items() {
        let field = |name: &str| rule.get(name);
        if field("verbs").is_empty() {
            errors.required(&field("verbs"), "verbs must contain at least one value");
        }
        let urls = field("nonResourceURLs");
        if urls.is_empty() {
            if field("apiGroups").is_empty() {
                errors.required(&field("apiGroups"), "resource rules must supply at least one api group");
            }
            if field("resources").is_empty() {
                errors.required(&field("resources"), "resource rules must supply at least one resource");
            }
            continue;
        }
        if namespaced {
            errors.invalid(&urls, "namespaced rules cannot apply to non-resource URLs");
        }
        if ["apiGroups", "resources", "resourceNames"].iter().any(|name| !field(name).is_empty()) {
            errors.invalid(&urls, "rules cannot apply to both regular resources and non-resource URLs");
        }
    }
}

/// What a binding binds, and to whom.
fn binding(binding: &At<'_>, kinds: &[&str], namespaced: bool, errors: &mut Errors) {
    let role = binding.get("roleRef");
    if role.get("apiGroup").text() != GROUP {
        errors.not_supported(&role.get("apiGroup"), &[GROUP]);
    }
    if !kinds.contains(&role.get("kind").text()) {
        errors.not_supported(&role.get("kind"), kinds);
    }
    if errors.require(&role.get("name")) {
        errors.rule(&role.get("name"), names::path_segment);
    }
    for subject in binding.get("subjects").items() {
        let field = |name: &str| subject.get(name);
        errors.require(&field("name"));
        let group = field("apiGroup");
        match field("kind").text() {
            "ServiceAccount" => {
                errors.rule_if_set(&field("name"), names::subdomain);
                if !group.is_empty() {
                    errors.not_supported(&group, &[""]);
                }
                if !namespaced {
                    errors.require(&field("namespace"));
                }
            }
            "User" | "Group" => {
                if group.text() != GROUP {
                    errors.not_supported(&group, &[GROUP]);
                }
            }
            _ => errors.not_supported(&field("kind"), &["ServiceAccount", "User", "Group"]),
        }
    }
}

/// A binding stays one to its role.
fn same_role(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.unchanged(&new.get("roleRef"), &old.get("roleRef"), "cannot change roleRef");
}
