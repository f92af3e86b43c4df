//! Rules of what webhooks and policies match.

use std::collections::HashSet;

use crate::validation::{At, Errors, names, selector};

/// Operations and resources that are matched.
pub(super) fn rule(rule: &At<'_>, errors: &mut Errors) {
    const OPERATIONS: &[&str] = &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    let operations = rule.get("operations");
    wildcard_alone(&operations, "operations", errors);
    for operation in operations.items() {
        errors.one_of(&operation, OPERATIONS);
    }
    wildcard_alone(&rule.get("apiGroups"), "API groups", errors);
    let versions = rule.get("apiVersions");
    wildcard_alone(&versions, "API versions", errors);
    for version in versions.items() {
        errors.require(&version);
    }
    resources(&rule.get("resources"), errors);
    errors.one_of(&rule.get("scope"), &["*", "Cluster", "Namespaced"]);
}

/// Something must be matched; where everything is, nothing else need be said.
fn wildcard_alone(list: &At<'_>, words: &str, errors: &mut Errors) {
    errors.require(list);
    if list.len() > 1 && list.items().any(|item| item.text() == "*") {
        errors.invalid(list, &format!("if '*' is present, must not specify other {words}"));
    }
}

fn resources(list: &At<'_>, errors: &mut Errors) {
    errors.require(list);
    let has = |wanted: &str| list.items().any(|item| item.text() == wanted);
    let (mut all_of_resource, mut all_of_subresource) = (HashSet::new(), HashSet::new());
    for item in list.items() {
        if !errors.require(&item) {
            continue;
        }
        let Some((resource, subresource)) = item.text().split_once('/') else { continue };
        let text = item.text();
        if all_of_resource.contains(resource) {
            errors.invalid(&item, &format!("if '{resource}/*' is present, must not specify {text}"));
        }
        if all_of_subresource.contains(subresource) {
            errors.invalid(&item, &format!("if '*/{subresource}' is present, must not specify {text}"));
        }
        if subresource == "*" {
            all_of_resource.insert(resource);
        }
        if resource == "*" {
            all_of_subresource.insert(subresource);
        }
    }
    if list.len() > 1 && has("*/*") {
        errors.invalid(list, "if '*/*' is present, must not specify other resources");
    }
    let plain = |item: &At<'_>| !item.text().is_empty() && item.text() != "*" && !item.text().contains('/');
    if has("*") && list.items().any(|item| plain(&item)) {
        errors.invalid(list, "if '*' is present, must not specify other resources without subresources");
    }
}

/// Expressions that must hold as well. What they say is not looked at here.
pub(super) fn match_conditions(list: &At<'_>, errors: &mut Errors) {
    errors.too_many(list, 64);
    let mut seen = HashSet::new();
    for condition in list.items() {
        let (name, expression) = (condition.get("name"), condition.get("expression"));
        if expression.text().trim().is_empty() {
            errors.required(&expression, "");
        }
        if errors.require(&name) {
            errors.rule(&name, names::qualified);
            if !seen.insert(name.text()) {
                errors.duplicate(&name);
            }
        }
    }
}

/// What a policy or its binding matches.
pub(super) fn match_resources(at: &At<'_>, errors: &mut Errors) {
    errors.one_of(&at.get("matchPolicy"), &["Equivalent", "Exact"]);
    selector::label_selector(&at.get("namespaceSelector"), errors);
    selector::label_selector(&at.get("objectSelector"), errors);
    for list in ["resourceRules", "excludeResourceRules"] {
        for one in at.get(list).items() {
            let mut seen = HashSet::new();
            for name in one.get("resourceNames").items() {
                errors.rule(&name, names::path_segment);
                if !seen.insert(name.text()) {
                    errors.duplicate(&name);
                }
            }
            rule(&one, errors);
        }
    }
}
