//! The row of IngressClass.

use serde_json::Value;

use crate::{Column, Kind, columns};

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
