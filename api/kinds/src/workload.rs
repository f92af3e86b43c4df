//! Rules that the kinds which run pods from a template have in common.

use crate::{
    pod_spec,
    validation::{At, Errors, names, selector},
};

/// The selector is there, is not empty, and matches the template; the template's pods always restart and have no deadline.
pub(crate) fn selector_and_template(spec: &At<'_>, kind: &Words, errors: &mut Errors) {
    let labels = spec.get("selector");
    if labels.is_set() {
        selector::label_selector(&labels, errors);
        if labels.get("matchLabels").is_empty() && labels.get("matchExpressions").is_empty() {
            errors.invalid(&labels, &format!("empty selector is invalid for {}", kind.in_selector));
        }
    } else {
        errors.required(&labels, "");
    }
    let template = spec.get("template");
    if !selector::matches(labels.value, &template.value["metadata"]["labels"]) {
        mismatch(&template, errors);
    }
    pod_spec::validate_template(&template, errors);
    long_running(&template, kind.in_deadline, errors);
}

/// How upstream calls the kind in its messages.
pub(crate) struct Words {
    /// After `empty selector is invalid for`.
    pub in_selector: &'static str,
    /// After `activeDeadlineSeconds in`.
    pub in_deadline: &'static str,
}

/// The template's labels are not those that the selector wants.
pub(crate) fn mismatch(template: &At<'_>, errors: &mut Errors) {
    errors.invalid(&template.get("metadata").get("labels"), "`selector` does not match template `labels`");
}

/// Pods that are to run for ever.
pub(crate) fn long_running(template: &At<'_>, kind: &str, errors: &mut Errors) {
    let spec = template.get("spec");
    errors.one_of(&spec.get("restartPolicy"), &["Always"]);
    let deadline = spec.get("activeDeadlineSeconds");
    if deadline.is_set() {
        errors.forbidden(&deadline, &format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

/// A number that is not below zero, or a percentage.
pub(crate) fn int_or_percent(at: &At<'_>, errors: &mut Errors) {
    if at.value.is_string() {
        errors.rule(at, names::percent);
    } else {
        errors.not_negative(at);
    }
}

/// A percentage must not be above 100.
pub(crate) fn at_most_all(at: &At<'_>, errors: &mut Errors) {
    if percent(at).is_some_and(|percent| percent > 100) {
        errors.invalid(at, "must not be greater than 100%");
    }
}

/// The number of a number or of a percentage.
pub(crate) fn int_or_percent_value(at: &At<'_>) -> i64 {
    percent(at).or(at.int()).unwrap_or(0)
}

fn percent(at: &At<'_>) -> Option<i64> {
    at.text().strip_suffix('%').and_then(|number| number.parse().ok())
}

/// Counters of a status: none below zero, none above the one that bounds it.
pub(crate) fn counters(status: &At<'_>, all: &[&str], bounds: &[(&str, &str, &str)], errors: &mut Errors) {
    for name in all {
        errors.not_negative(&status.get(name));
    }
    let count = |name: &str| status.get(name).int().unwrap_or(0);
    for (name, most, words) in bounds {
        if count(name) > count(most) {
            errors.invalid(&status.get(name), &format!("cannot be greater than {words}"));
        }
    }
}

/// A count of collisions only grows.
pub(crate) fn collisions(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let count = |object: &At<'_>| object.get("status").get("collisionCount").int();
    if count(old).is_some_and(|before| count(new).unwrap_or(0) < before) {
        let path = new.get("status").get("collisionCount").path;
        errors.invalid_value(&path, count(new).unwrap_or(0), "cannot be decremented");
    }
}
