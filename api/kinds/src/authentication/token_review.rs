//! The row of TokenReview.

use crate::{Kind, Storage};

/// The row.
pub(crate) static KIND: Kind = Kind {
    verbs: &["create"],
    storage: Storage::Virtual,
    ..Kind::new("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", "tokenreview", false)
};
