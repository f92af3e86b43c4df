//! The row of APIService.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    ..Kind::new("apiregistration.k8s.io", "v1", "APIService", "apiservices", "apiservice", false)
};
