//! The row of ValidatingAdmissionPolicy.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    generation: true,
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "validatingadmissionpolicy",
        false,
    )
};
