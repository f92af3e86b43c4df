//! The row of IngressClass.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    ..Kind::new("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", false)
};
