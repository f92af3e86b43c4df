//! The row of ValidatingAdmissionPolicyBinding.

use crate::{Column, Kind, columns};

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
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "validatingadmissionpolicybinding",
        false,
    )
};
