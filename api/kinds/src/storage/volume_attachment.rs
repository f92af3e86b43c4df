//! The row of VolumeAttachment.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    ..Kind::new("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "volumeattachment", false)
};
