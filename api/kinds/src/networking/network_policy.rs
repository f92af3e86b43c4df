//! The row of NetworkPolicy.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["netpol"],
    generation: true,
    columns: &[
        Column::string("Pod-Selector", "Labels of the pods that the policy isolates.", |object, _| {
            columns::label_selector(&object["spec"]["podSelector"])
        }),
        columns::AGE,
    ],
    ..Kind::new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", true)
};
