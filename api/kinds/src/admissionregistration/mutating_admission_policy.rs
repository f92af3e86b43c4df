//! The row of MutatingAdmissionPolicy.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    generation: true,
    columns: &[
        Column::integer("Mutations", "How many mutations it has.", |object, _| {
            columns::count(&object["spec"]["mutations"]).into()
        }),
        Column::string("ParamKind", "Kind of its parameters.", |object, _| super::param_kind(object).into()),
        columns::AGE,
    ],
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "MutatingAdmissionPolicy",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicy",
        false,
    )
};
