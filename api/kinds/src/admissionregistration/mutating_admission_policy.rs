//! The row of MutatingAdmissionPolicy.

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
        Column::integer("Mutations", "How many mutations it has.", |object, _| {
            columns::count(&object["spec"]["mutations"]).into()
        }),
        Column::string("ParamKind", "Kind of its parameters.", |object, _| super::param_kind(object).into()),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "MutatingAdmissionPolicy",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicy",
        false,
    )
};

fn validate(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    policy::common(&spec, errors);
    let mutations = spec.get("mutations");
    if mutations.is_empty() {
        errors.required(&mutations, "mutations must contain at least one item");
    }
    for mutation in mutations.items() {
        errors.required_one_of(&mutation.get("patchType"), &["ApplyConfiguration", "JSONPatch"]);
    }
    errors.required_one_of(&spec.get("reinvocationPolicy"), &["IfNeeded", "Never"]);
}
