//! Bindings of pods to nodes, in their old form beside `pods/binding`.

use crate::{
    Kind, Storage,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    verbs: &["create"],
    storage: Storage::Virtual,
    validate: |binding| Errors::of(binding, validate),
    ..Kind::new("", "v1", "Binding", "bindings", "binding", true)
};

/// What binds a pod: the name of a node.
fn validate(binding: &At<'_>, errors: &mut Errors) {
    let target = binding.get("target");
    if !matches!(target.get("kind").text(), "" | "Node") {
        errors.not_supported(&target.get("kind"), &["Node", "<empty>"]);
    }
    errors.require(&target.get("name"));
}
