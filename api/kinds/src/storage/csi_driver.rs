//! The row of CSIDriver.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind { generation: true, ..Kind::new("storage.k8s.io", "v1", "CSIDriver", "csidrivers", "csidriver", false) };
