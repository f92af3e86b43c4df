//! The row of Lease.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind::new("coordination.k8s.io", "v1", "Lease", "leases", "lease", true);
