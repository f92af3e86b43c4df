//! The row of ConfigMap.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind { short_names: &["cm"], ..Kind::new("", "v1", "ConfigMap", "configmaps", "configmap", true) };
