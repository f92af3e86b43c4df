//! The row of Endpoints.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind { short_names: &["ep"], ..Kind::new("", "v1", "Endpoints", "endpoints", "endpoints", true) };
