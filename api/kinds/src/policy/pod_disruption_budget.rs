//! The row of PodDisruptionBudget.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pdb"],
    subresources: &[Subresource::Status],
    generation: true,
    ..Kind::new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", true)
};
