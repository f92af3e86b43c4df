//! The row of SelfSubjectRulesReview.

use crate::{Kind, Storage};

/// The row.
pub(crate) static KIND: Kind = Kind {
    verbs: &["create"],
    storage: Storage::Virtual,
    ..Kind::new(
        "authorization.k8s.io",
        "v1",
        "SelfSubjectRulesReview",
        "selfsubjectrulesreviews",
        "selfsubjectrulesreview",
        false,
    )
};
