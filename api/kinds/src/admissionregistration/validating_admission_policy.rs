//! The row of ValidatingAdmissionPolicy.

use crate::{
    Column, Kind, Subresource,
    admissionregistration::policy,
    columns, strategy,
    validation::{At, Errors},
};

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
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "validatingadmissionpolicy",
        false,
    )
};

fn validate(object: &At<'_>, errors: &mut Errors) {
    let spec = object.get("spec");
    policy::common(&spec, errors);
    let (validations, annotations) = (spec.get("validations"), spec.get("auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let detail = "validations or auditAnnotations must contain at least one item";
        errors.required(&validations, detail);
        errors.required(&annotations, detail);
    }
    for validation in validations.items() {
        policy::expression_is_there(&validation.get("expression"), errors);
        for field in ["messageExpression", "message"] {
            let field = validation.get(field);
            if !field.is_empty() && field.text().trim().is_empty() {
                errors.invalid(&field, "must be non-empty if specified");
            }
        }
        let message = validation.get("message");
        if message.text().trim().contains(['\n', '\r']) {
            errors.invalid(&message, "must not contain line breaks");
        }
        errors.one_of(&validation.get("reason"), &["Forbidden", "Invalid", "RequestEntityTooLarge"]);
    }
    policy::audit_annotations(object, errors);
}
