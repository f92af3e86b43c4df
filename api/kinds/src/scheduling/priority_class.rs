//! The row of PriorityClass.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pc"],
    generation: true,
    ..Kind::new("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", false)
};
