//! Where things are on the machine.

use std::path::{Path, PathBuf};

/// The folders of a region on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// What must outlive a restart of the machine.
    pub state: PathBuf,
    /// What must not.
    pub run: PathBuf,
}

impl Places {
    /// The folders of the system: `/var/lib/reks` and `/run/reks`.
    #[must_use]
    pub fn of_the_system() -> Self {
        Self { state: "/var/lib/reks".into(), run: "/run/reks".into() }
    }

    /// Both below one folder, for a region that is kept apart.
    #[must_use]
    pub fn under(folder: &Path) -> Self {
        Self { state: folder.join("state"), run: folder.join("run") }
    }

    /// A cluster's own files.
    #[must_use]
    pub fn cluster_state(&self, unique_id: &str) -> PathBuf {
        self.state.join("clusters").join(unique_id)
    }

    /// A cluster's files of this run.
    #[must_use]
    pub fn cluster_run(&self, unique_id: &str) -> PathBuf {
        self.run.join("clusters").join(unique_id)
    }

    /// The folder of network namespaces.
    #[must_use]
    pub fn networks(&self) -> PathBuf {
        self.run.join("netns")
    }
}
