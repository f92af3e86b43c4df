//! The row of LimitRange.

use crate::{Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["limits"],
    columns: &[columns::CREATED_AT],
    ..Kind::new("", "v1", "LimitRange", "limitranges", "limitrange", true)
};
