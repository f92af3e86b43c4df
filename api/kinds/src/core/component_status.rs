//! Health of a control plane's components (deprecated upstream, still served).

use crate::{Kind, Storage};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["cs"],
    verbs: &["get", "list"],
    storage: Storage::Virtual,
    ..Kind::new("", "v1", "ComponentStatus", "componentstatuses", "componentstatus", false)
};
