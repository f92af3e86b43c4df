//! The row of PodTemplate.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind { generation: true, ..Kind::new("", "v1", "PodTemplate", "podtemplates", "podtemplate", true) };
