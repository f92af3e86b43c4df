//! The row of IngressClass.

use serde_json::Value;

use crate::{
    Column, Kind, columns,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    name_column: Some(Column {
        cell: |object, _| columns::name_or_default(object, &["ingressclass.kubernetes.io/is-default-class"]),
        ..columns::NAME
    }),
    columns: &[
        Column::string("Controller", "Controller that serves the class.", |object, _| {
            columns::text(&object["spec"]["controller"]).into()
        }),
        Column::string("Parameters", "Object with more parameters.", |object, _| parameters(object).into()),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", false)
};

fn parameters(class: &Value) -> String {
    let parameters = &class["spec"]["parameters"];
    if parameters.is_null() {
        return "<none>".to_owned();
    }
    let group = parameters["apiGroup"].as_str().map(|group| format!(".{group}")).unwrap_or_default();
    format!("{}{group}/{}", columns::text(&parameters["kind"]), columns::text(&parameters["name"]))
}

fn validate(class: &At<'_>, errors: &mut Errors) {
    const MOST_BYTES: usize = 250;
    let controller = class.get("spec").get("controller");
    errors.too_long(&controller, MOST_BYTES);
    super::domain_prefixed_path(&controller, errors);
    let parameters = class.get("spec").get("parameters");
    if !parameters.is_set() {
        return;
    }
    if parameters.get("apiGroup").is_set() {
        errors.rule(&parameters.get("apiGroup"), names::subdomain);
    }
    for field in ["kind", "name"] {
        if errors.require(&parameters.get(field)) {
            errors.rule(&parameters.get(field), names::path_segment);
        }
    }
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    errors.required_one_of(&scope, &["Cluster", "Namespace"]);
    match (scope.text(), namespace.is_set()) {
        ("Namespace", false) => errors.required(&namespace, "`parameters.scope` is set to 'Namespace'"),
        ("Namespace", true) => errors.rule(&namespace, names::label),
        ("Cluster", true) => errors.forbidden(&namespace, "`parameters.scope` is set to 'Cluster'"),
        _ => {}
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec").get("controller"), &old.get("spec").get("controller"));
}
