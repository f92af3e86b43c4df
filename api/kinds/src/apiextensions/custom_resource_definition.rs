//! The row of CustomResourceDefinition.

use crate::{Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[columns::CREATED_AT],
    ..Kind::new(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "customresourcedefinition",
        false,
    )
};
