//! The row of ResourceClaimTemplate.

use crate::{
    Kind,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new(
        "resource.k8s.io",
        "v1",
        "ResourceClaimTemplate",
        "resourceclaimtemplates",
        "resourceclaimtemplate",
        true,
    )
};

fn validate(template: &At<'_>, errors: &mut Errors) {
    super::claim_spec(&template.get("spec").get("spec"), errors);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec"), &old.get("spec"));
}
