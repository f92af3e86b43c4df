//! The row of Lease.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::string("Holder", "Who holds the lease.", |object, _| {
            columns::text(&object["spec"]["holderIdentity"]).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("coordination.k8s.io", "v1", "Lease", "leases", "lease", true)
};
