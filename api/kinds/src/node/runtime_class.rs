//! The row of RuntimeClass.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind::new("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "runtimeclass", false);
