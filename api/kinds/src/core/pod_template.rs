//! The row of PodTemplate.

use crate::{Column, Kind, columns, pod_spec, validation::Errors};

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    columns: &[
        Column::string("Containers", "Names of the containers.", |object, _| {
            columns::containers(&object["template"], "name")
        }),
        Column::string("Images", "Images of the containers.", |object, _| {
            columns::containers(&object["template"], "image")
        }),
        Column::string("Pod Labels", "Labels of the pods.", |object, _| {
            columns::labels(&object["template"]["metadata"]["labels"])
        }),
    ],
    validate: |object| {
        Errors::of(object, |object, errors| pod_spec::validate_template(&object.get("template"), errors))
    },
    ..Kind::new("", "v1", "PodTemplate", "podtemplates", "podtemplate", true)
};
