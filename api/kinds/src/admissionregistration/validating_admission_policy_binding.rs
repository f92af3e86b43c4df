//! The row of ValidatingAdmissionPolicyBinding.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    generation: true,
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "validatingadmissionpolicybinding",
        false,
    )
};
