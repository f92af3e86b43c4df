//! The row of ValidatingAdmissionPolicy.

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::integer("Validations", "How many validations it has.", |object, _| {
            columns::count(&object["spec"]["validations"]).into()
        }),
        Column::string("ParamKind", "Kind of its parameters.", |object, _| super::param_kind(object).into()),
        columns::AGE,
    ],
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "validatingadmissionpolicy",
        false,
    )
};
