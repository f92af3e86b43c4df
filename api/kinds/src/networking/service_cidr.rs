//! The row of ServiceCIDR.

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("CIDRs", "Ranges of virtual addresses.", |object, _| {
            columns::joined(&object["spec"]["cidrs"], ",").into()
        }),
        columns::AGE,
    ],
    ..Kind::new("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", "servicecidr", false)
};
