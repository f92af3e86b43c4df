//! Kinds of `batch`.

use crate::Kind;

mod cron_job;
pub(crate) mod job;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&cron_job::KIND, &job::KIND];
