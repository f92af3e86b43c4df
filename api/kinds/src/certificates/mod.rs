//! Kinds of `certificates.k8s.io`.

use crate::Kind;

mod certificate_signing_request;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&certificate_signing_request::KIND];
