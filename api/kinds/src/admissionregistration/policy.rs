//! Rules of admission policies and their bindings. What their expressions say is not looked at here.

use std::collections::HashSet;

use super::rules;
use crate::validation::{At, Errors, names, selector};

/// What validating and mutating policies have in common.
pub(super) fn common(spec: &At<'_>, errors: &mut Errors) {
    errors.one_of(&spec.get("failurePolicy"), &["Fail", "Ignore"]);
    let kind = spec.get("paramKind");
    if kind.is_set() {
        param_kind(&kind, errors);
    }
    let constraints = spec.get("matchConstraints");
    if constraints.is_set() {
        rules::match_resources(&constraints, errors);
        errors.require(&constraints.get("resourceRules"));
    } else {
        errors.required(&constraints, "");
    }
    rules::match_conditions(&spec.get("matchConditions"), errors);
    for variable in spec.get("variables").items() {
        let (name, expression) = (variable.get("name"), variable.get("expression"));
        if name.text().trim().is_empty() {
            errors.required(&name, "name is not specified");
        } else if !is_identifier(name.text()) {
            errors.invalid(&name, "must be a valid CEL identifier");
        }
        expression_is_there(&expression, errors);
    }
}

/// An expression that must be there.
pub(super) fn expression_is_there(expression: &At<'_>, errors: &mut Errors) {
    if expression.text().trim().is_empty() {
        errors.required(expression, "expression is not specified");
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn param_kind(at: &At<'_>, errors: &mut Errors) {
    let (version, kind) = (at.get("apiVersion"), at.get("kind"));
    if errors.require(&version) {
        let (group, number) = version.text().split_once('/').unwrap_or(("", version.text()));
        let group_messages = if group.is_empty() { Vec::new() } else { names::subdomain(group) };
        for (part, messages) in [(group, group_messages), (number, names::label_1035(number))] {
            if !messages.is_empty() {
                errors.invalid_value(&version.path, part, &messages.join(","));
            }
        }
    }
    if errors.require(&kind) {
        let messages = names::label_1035(&kind.text().to_lowercase());
        if !messages.is_empty() {
            let detail = format!("may have mixed case, but should otherwise match: {}", messages.join(","));
            errors.invalid(&kind, &detail);
        }
    }
}

/// What bindings of validating and of mutating policies have in common.
pub(super) fn binding(spec: &At<'_>, errors: &mut Errors) {
    if errors.require(&spec.get("policyName")) {
        errors.rule(&spec.get("policyName"), names::subdomain);
    }
    let reference = spec.get("paramRef");
    if reference.is_set() {
        param_ref(&reference, errors);
    }
    rules::match_resources(&spec.get("matchResources"), errors);
}

fn param_ref(at: &At<'_>, errors: &mut Errors) {
    const BOTH: &str = "name and selector are mutually exclusive";
    let (name, labels, action) = (at.get("name"), at.get("selector"), at.get("parameterNotFoundAction"));
    errors.rule_if_set(&name, names::path_segment);
    selector::label_selector(&labels, errors);
    match (!name.is_empty(), labels.is_set()) {
        (true, true) => {
            errors.forbidden(&name, BOTH);
            errors.forbidden(&labels, BOTH);
        }
        (false, false) => errors.required(at, "one of name or selector must be specified"),
        _ => {}
    }
    errors.required_one_of(&action, &["Deny", "Allow"]);
}

/// Messages and keys that a validating policy writes.
pub(super) fn audit_annotations(policy: &At<'_>, errors: &mut Errors) {
    let name = policy.get("metadata").get("name").text();
    let mut seen = HashSet::new();
    for annotation in policy.get("spec").get("auditAnnotations").items() {
        let (key, expression) = (annotation.get("key"), annotation.get("valueExpression"));
        let full = format!("{name}/{}", key.text());
        for message in names::qualified(&full) {
            errors.invalid_value(&key.path, full.as_str(), &message);
        }
        if expression.text().trim().is_empty() {
            errors.required(&expression, "valueExpression is not specified");
        }
        if !seen.insert(key.text()) {
            errors.duplicate(&key);
        }
    }
}
