//! The row of ValidatingAdmissionPolicyBinding.

use std::collections::HashSet;

use crate::{
    Column, Kind,
    admissionregistration::policy,
    columns,
    validation::{At, Errors},
};

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
    validate: |object| Errors::of(object, validate),
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "validatingadmissionpolicybinding",
        false,
    )
};

fn validate(binding: &At<'_>, errors: &mut Errors) {
    let spec = binding.get("spec");
    policy::binding(&spec, errors);
    let actions = spec.get("validationActions");
    errors.require(&actions);
    let mut seen = HashSet::new();
    for action in actions.items() {
        errors.one_of(&action, &["Audit", "Deny", "Warn"]);
        if !seen.insert(action.text()) {
            errors.duplicate(&action);
        }
    }
    if seen.contains("Deny") && seen.contains("Warn") {
        let detail = "must not contain both Deny and Warn (repeating the same validation failure information in the API \
                      response and headers serves no purpose)";
        errors.invalid(&actions, detail);
    }
}
