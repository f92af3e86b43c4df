//! The row of LimitRange.

use std::collections::{BTreeSet, HashSet};

use crate::{
    Kind, columns,
    pod_spec::resources,
    quantity::Quantity,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["limits"],
    columns: &[columns::CREATED_AT],
    validate: |object| Errors::of(object, validate),
    ..Kind::new("", "v1", "LimitRange", "limitranges", "limitrange", true)
};

fn validate(range: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for limit in range.get("spec").get("limits").items() {
        let kind = limit.get("type");
        let before = errors.0.len();
        errors.rule(&kind, names::qualified);
        let standard = matches!(kind.text(), "Pod" | "Container" | "PersistentVolumeClaim");
        if errors.0.len() == before && !kind.text().contains('/') && !standard {
            errors.invalid(&kind, "must be a standard limit type or fully qualified");
        }
        if !seen.insert(kind.text()) {
            errors.duplicate(&kind);
        }
        limits(&limit, kind.text(), errors);
    }
}

const LISTS: &[&str] = &["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];

fn limits(limit: &At<'_>, kind: &str, errors: &mut Errors) {
    let mut resources_seen = BTreeSet::new();
    for list in LISTS {
        let list_at = limit.get(list);
        if kind == "Pod" && list.starts_with("default") {
            if !list_at.is_empty() {
                errors.forbidden(&list_at, "may not be specified when `type` is 'Pod'");
            }
            continue;
        }
        for (name, amount) in list_at.entries() {
            resources::standard_name(name, &amount, errors);
            resources_seen.insert(name);
        }
    }
    let bounded = ["min", "max"].iter().any(|list| limit.get(list).key("storage").is_set());
    if kind == "PersistentVolumeClaim" && !bounded {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        errors.required(&limit.get("limits"), detail);
    }
    for name in resources_seen {
        consistent(limit, name, errors);
    }
}

/// The order among the bounds and the defaults of one resource.
fn consistent(limit: &At<'_>, name: &str, errors: &mut Errors) {
    /// Smaller, larger, their words, and the list that the error names.
    const ORDER: &[(&str, &str, &str, &str, &str)] = &[
        ("min", "max", "min value", "max value", "min"),
        ("min", "defaultRequest", "min value", "default request value", "defaultRequest"),
        ("defaultRequest", "max", "default request value", "max value", "defaultRequest"),
        ("defaultRequest", "default", "default request value", "default limit value", "defaultRequest"),
        ("min", "default", "min value", "default value", "default"),
        ("default", "max", "default value", "max value", "default"),
    ];
    let amount = |list: &str| limit.get(list).key(name).quantity();
    for (small, large, small_words, large_words, list) in ORDER {
        if let (Some(small), Some(large)) = (amount(small), amount(large))
            && small > large
        {
            let at = limit.get(list).key(name);
            errors.invalid(&at, &format!("{small_words} {small} is greater than {large_words} {large}"));
        }
    }
    let ratio = limit.get("maxLimitRequestRatio").key(name);
    if let Some(value) = ratio.quantity().filter(|value| *value < Quantity::from_millis(1000)) {
        errors.invalid(&ratio, &format!("ratio {value} is less than 1"));
    }
}
