//! The row of ResourceQuota.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["quota"],
    subresources: &[Subresource::Status],
    ..Kind::new("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", true)
};
