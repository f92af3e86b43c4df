//! The row of ControllerRevision.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind::new("apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", true);
