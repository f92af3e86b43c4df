//! The row of IPAddress.

use crate::{Kind, NameRule};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ip"],
    name_rule: NameRule::PathSegment,
    ..Kind::new("networking.k8s.io", "v1", "IPAddress", "ipaddresses", "ipaddress", false)
};
