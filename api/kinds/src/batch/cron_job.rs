//! The row of CronJob.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["cj"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    generation: true,
    ..Kind::new("batch", "v1", "CronJob", "cronjobs", "cronjob", true)
};
