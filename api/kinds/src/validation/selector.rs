//! Rules of labels and of selectors over them.

use serde_json::Value;

use super::{At, Errors, names};
use crate::columns::{items, text};

/// A map of labels.
pub(crate) fn labels(at: &At<'_>, errors: &mut Errors) {
    for (key, value) in at.entries() {
        for message in names::qualified(key) {
            errors.invalid_value(&at.path, key, &message);
        }
        for message in names::label_value(value.text()) {
            errors.invalid_value(&at.path, value.text(), &message);
        }
    }
}

/// A label selector with `matchLabels` and `matchExpressions`.
pub(crate) fn label_selector(at: &At<'_>, errors: &mut Errors) {
    labels(&at.get("matchLabels"), errors);
    for expression in at.get("matchExpressions").items() {
        requirement(&expression, false, errors);
        for value in expression.get("values").items() {
            errors.rule(&value, names::label_value);
        }
    }
}

/// A node selector: terms of requirements on labels and fields.
pub(crate) fn node_selector(at: &At<'_>, errors: &mut Errors) {
    let terms = at.get("nodeSelectorTerms");
    if terms.is_empty() {
        errors.required(&terms, "must have at least one node selector term");
    }
    for term in terms.items() {
        node_selector_term(&term, true, errors);
    }
}

/// One term of a node selector; a preference's values need not be values of labels.
pub(crate) fn node_selector_term(term: &At<'_>, strict_values: bool, errors: &mut Errors) {
    for expression in term.get("matchExpressions").items() {
        requirement(&expression, true, errors);
        if strict_values {
            for value in expression.get("values").items() {
                errors.rule(&value, names::label_value);
            }
        }
    }
    for field in term.get("matchFields").items() {
        node_field(&field, errors);
    }
}

fn requirement(at: &At<'_>, of_node: bool, errors: &mut Errors) {
    let (operator, values) = (at.get("operator"), at.get("values"));
    match operator.text() {
        "In" | "NotIn" if values.is_empty() => {
            errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            errors.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "Gt" | "Lt" if of_node => {
            if values.len() != 1 {
                errors.required(&values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ => errors.invalid(&operator, "not a valid selector operator"),
    }
    errors.rule(&at.get("key"), names::qualified);
}

fn node_field(at: &At<'_>, errors: &mut Errors) {
    let (operator, values) = (at.get("operator"), at.get("values"));
    match operator.text() {
        "In" | "NotIn" if values.len() == 1 => {}
        "In" | "NotIn" => errors
            .required(&values, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
        _ => errors.invalid(&operator, "not a valid selector operator"),
    }
    if at.get("key").text() == "metadata.name" {
        for value in values.items() {
            errors.rule(&value, names::subdomain);
        }
    } else {
        errors.invalid(&at.get("key"), "not a valid field selector key");
    }
}

/// Whether labels match a label selector. A selector with an operator that nobody knows matches nothing.
pub(crate) fn matches(selector: &Value, labels: &Value) -> bool {
    let pairs = selector["matchLabels"].as_object();
    let expression = |expression: &Value| {
        let label = &labels[text(&expression["key"])];
        let listed = items(&expression["values"]).contains(label);
        match expression["operator"].as_str() {
            Some("In") => !label.is_null() && listed,
            Some("NotIn") => label.is_null() || !listed,
            Some("Exists") => !label.is_null(),
            Some("DoesNotExist") => label.is_null(),
            _ => false,
        }
    };
    pairs.into_iter().flatten().all(|(key, value)| &labels[key.as_str()] == value)
        && items(&selector["matchExpressions"]).iter().all(expression)
}
