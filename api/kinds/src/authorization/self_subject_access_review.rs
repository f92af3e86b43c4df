//! The row of SelfSubjectAccessReview.

use crate::{Kind, Storage};

/// The row.
pub(crate) static KIND: Kind = Kind {
    verbs: &["create"],
    storage: Storage::Virtual,
    ..Kind::new(
        "authorization.k8s.io",
        "v1",
        "SelfSubjectAccessReview",
        "selfsubjectaccessreviews",
        "selfsubjectaccessreview",
        false,
    )
};
