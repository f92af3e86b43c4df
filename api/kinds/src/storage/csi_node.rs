//! The row of CSINode.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind::new("storage.k8s.io", "v1", "CSINode", "csinodes", "csinode", false);
