//! Kinds of `apiregistration.k8s.io`.

use crate::Kind;

mod api_service;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&api_service::KIND];
