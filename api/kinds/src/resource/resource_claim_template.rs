//! The row of ResourceClaimTemplate.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind::new(
    "resource.k8s.io",
    "v1",
    "ResourceClaimTemplate",
    "resourceclaimtemplates",
    "resourceclaimtemplate",
    true,
);
