//! The row of PodDisruptionBudget.

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pdb"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("Min Available", "How many pods must stay available.", |object, _| {
            columns::text_or(&object["spec"]["minAvailable"], "N/A")
        }),
        Column::string("Max Unavailable", "How many pods may be unavailable.", |object, _| {
            columns::text_or(&object["spec"]["maxUnavailable"], "N/A")
        }),
        Column::integer("Allowed Disruptions", "How many pods may be disrupted now.", |object, _| {
            columns::number(&object["status"]["disruptionsAllowed"]).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", true)
};
