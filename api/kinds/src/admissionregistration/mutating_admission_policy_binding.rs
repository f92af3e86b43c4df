//! The row of MutatingAdmissionPolicyBinding.

use crate::{Column, Kind, columns, validation::Errors};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    generation: true,
    columns: &[
        Column::string("PolicyName", "Policy that is bound.", |object, _| {
            columns::text(&object["spec"]["policyName"]).into()
        }),
        Column::string("ParamRef", "Parameters of the policy.", |object, _| super::param_ref(object).into()),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, |object, errors| super::policy::binding(&object.get("spec"), errors)),
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "MutatingAdmissionPolicyBinding",
        "mutatingadmissionpolicybindings",
        "mutatingadmissionpolicybinding",
        false,
    )
};
