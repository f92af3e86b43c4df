//! Bindings of pods to nodes, in their old form beside `pods/binding`.

use crate::{Kind, Storage};

/// The row.
pub(crate) static KIND: Kind = Kind {
    verbs: &["create"],
    storage: Storage::Virtual,
    ..Kind::new("", "v1", "Binding", "bindings", "binding", true)
};
