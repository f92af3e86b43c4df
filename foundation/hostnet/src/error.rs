//! What can go wrong with the machine's network.

use std::path::PathBuf;

/// Why the machine's network is not as it was wanted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel refused a call.
    #[error("{what} {path}: {source}; this needs root")]
    Kernel {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// What the kernel said.
        source: std::io::Error,
    },
    /// Netlink refused a change.
    #[error("cannot change a link: {0}")]
    Netlink(#[from] rtnetlink::Error),
    /// A thread of ours ended without a word.
    #[error("a thread that changes the network died")]
    Thread,
}
