//! The row of DaemonSet.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ds"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    generation: true,
    ..Kind::new("apps", "v1", "DaemonSet", "daemonsets", "daemonset", true)
};
