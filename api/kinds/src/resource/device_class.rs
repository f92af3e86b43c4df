//! The row of DeviceClass.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    ..Kind::new("resource.k8s.io", "v1", "DeviceClass", "deviceclasses", "deviceclass", false)
};
