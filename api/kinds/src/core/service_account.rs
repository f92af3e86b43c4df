//! The row of ServiceAccount.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["sa"],
    subresources: &[Subresource::Named {
        name: "token",
        kind: ("authentication.k8s.io", "v1", "TokenRequest"),
        verbs: &["create"],
    }],
    ..Kind::new("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", true)
};
