//! The row of Lease.

use crate::{
    Column, Kind, columns,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::string("Holder", "Who holds the lease.", |object, _| {
            columns::text(&object["spec"]["holderIdentity"]).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    ..Kind::new("coordination.k8s.io", "v1", "Lease", "leases", "lease", true)
};

fn validate(lease: &At<'_>, errors: &mut Errors) {
    let spec = lease.get("spec");
    let (duration, holder, strategy) =
        (spec.get("leaseDurationSeconds"), spec.get("preferredHolder"), spec.get("strategy"));
    if duration.int().is_some_and(|seconds| seconds <= 0) {
        errors.invalid(&duration, "must be greater than 0");
    }
    errors.not_negative(&spec.get("leaseTransitions"));
    if strategy.text().contains('/') {
        errors.rule(&strategy, names::qualified);
    } else if strategy.is_set() {
        errors.one_of(&strategy, &["OldestEmulationVersion"]);
    }
    if !holder.is_empty() && strategy.is_empty() {
        errors.forbidden(&holder, "may only be specified if `strategy` is defined");
    }
}
