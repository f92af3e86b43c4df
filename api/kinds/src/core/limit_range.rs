//! The row of LimitRange.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind { short_names: &["limits"], ..Kind::new("", "v1", "LimitRange", "limitranges", "limitrange", true) };
