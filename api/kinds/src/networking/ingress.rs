//! The row of Ingress.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ing"],
    subresources: &[Subresource::Status],
    generation: true,
    ..Kind::new("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", true)
};
