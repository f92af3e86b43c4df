//! The row of NetworkPolicy.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["netpol"],
    generation: true,
    ..Kind::new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", true)
};
