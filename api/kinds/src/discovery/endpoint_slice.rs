//! The row of EndpointSlice.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    ..Kind::new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", true)
};
