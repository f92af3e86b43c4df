//! Kinds of `authentication.k8s.io`.

use crate::Kind;

mod self_subject_review;
mod token_review;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&self_subject_review::KIND, &token_review::KIND];
