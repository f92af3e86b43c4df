//! The row of ResourceQuota.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns,
    pod_spec::resources,
    strategy,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["quota"],
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Request", "Used of allowed, of all but limits.", |object, _| usage(object, false).into()),
        Column::string("Limit", "Used of allowed, of limits.", |object, _| usage(object, true).into()),
        columns::AGE,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, _| Errors::of(new, validate_status),
    ..Kind::new("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", true)
};

/// `name: used/hard` of each resource whose name begins with `limits.`, or of the others.
fn usage(quota: &Value, limits: bool) -> String {
    let zero_if_empty = |text: String| if text.is_empty() { "0".to_owned() } else { text };
    let mut resources: Vec<_> = quota["status"]["hard"].as_object().into_iter().flatten().collect();
    resources.retain(|(name, _)| name.starts_with("limits.") == limits);
    resources.sort_by_key(|(name, _)| name.as_str());
    let used = |name: &str| zero_if_empty(columns::text(&quota["status"]["used"][name]));
    let cells = resources.into_iter().map(|(name, hard)| format!("{name}: {}/{}", used(name), columns::text(hard)));
    cells.collect::<Vec<_>>().join(", ")
}

const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "VolumeAttributesClass",
    "CrossNamespacePodAffinity",
];

fn validate(quota: &At<'_>, errors: &mut Errors) {
    let spec = quota.get("spec");
    amounts(&spec.get("hard"), errors);
    let scopes = spec.get("scopes");
    for scope in scopes.items() {
        if !SCOPES.contains(&scope.text()) {
            errors.invalid(&scopes, "unsupported scope");
        }
        if !applies(scope.text(), &spec.get("hard")) {
            errors.invalid(&scopes, "unsupported scope applied to resource");
        }
    }
    conflicts(&scopes, scopes.items().map(|scope| scope.text()).collect(), errors);
    let selector = spec.get("scopeSelector");
    let expressions = selector.get("matchExpressions");
    for expression in expressions.items() {
        scope_expression(&expression, &expressions, &spec, errors);
    }
    conflicts(&scopes, expressions.items().map(|expression| expression.get("scopeName").text()).collect(), errors);
}

fn conflicts(at: &At<'_>, scopes: Vec<&str>, errors: &mut Errors) {
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| scopes.contains(scope)) {
            errors.invalid(at, "conflicting scopes");
        }
    }
}

/// Upstream's paths are those of the list.
fn scope_expression(expression: &At<'_>, list: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    let at = |name: &str| At { value: &expression.value[name], ..list.get(name) };
    let (scope, operator, values) = (at("scopeName"), at("operator"), at("values"));
    if !SCOPES.contains(&scope.text()) {
        errors.invalid(&scope, "unsupported scope");
    }
    if !applies(scope.text(), &spec.get("hard")) {
        errors.invalid_value(&list.path, spec.value["scopeSelector"].clone(), "unsupported scope applied to resource");
    }
    if !matches!(scope.text(), "PriorityClass" | "VolumeAttributesClass") && operator.text() != "Exists" {
        errors.invalid(
            &operator,
            "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, \
             ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or \
             ResourceQuotaScopeCrossNamespacePodAffinity",
        );
    }
    match operator.text() {
        "In" | "NotIn" if values.is_empty() => {
            errors.required(&values, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            errors.invalid(&values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ => errors.invalid(&operator, "not a valid selector operator"),
    }
}

/// Whether every limited resource is one that the scope can be asked of.
fn applies(scope: &str, hard: &At<'_>) -> bool {
    const COMPUTE: &[&str] =
        &["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    hard.entries().filter(|(name, _)| resources::is_quota_resource(name)).all(|(name, _)| match scope {
        "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => {
            COMPUTE.contains(&name)
        }
        "BestEffort" => name == "pods",
        "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
        _ => true,
    })
}

fn amounts(list: &At<'_>, errors: &mut Errors) {
    for (name, amount) in list.entries() {
        resources::standard_name(name, &amount, errors);
        if !name.contains('/') && !resources::is_quota_resource(name) {
            errors.invalid_value(&amount.path, name, "must be a standard resource for quota");
        }
        resources::quantity_of(name, &amount, errors);
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec").get("scopes"), &old.get("spec").get("scopes"));
}

fn validate_status(quota: &At<'_>, errors: &mut Errors) {
    amounts(&quota.get("status").get("hard"), errors);
    amounts(&quota.get("status").get("used"), errors);
}
