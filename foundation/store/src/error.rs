//! What can go wrong in the store.

use crate::types::Revision;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The revision asked for was compacted away. Read the present instead, and watch from there.
    #[error("revision {asked} has been compacted; the oldest that can be read is {oldest}: list again")]
    Compacted {
        /// The revision asked for.
        asked: Revision,
        /// The oldest that can still be read.
        oldest: Revision,
    },
    /// The revision asked for does not exist yet.
    #[error("revision {asked} is in the future: the store stands at {current}")]
    FutureRevision {
        /// The revision asked for.
        asked: Revision,
        /// The store's.
        current: Revision,
    },
    /// A transaction changes one key twice, which has no one answer at one revision.
    #[error("a transaction changes a key twice: make it two transactions")]
    DuplicateKey,
    /// A key, a value or a transaction is larger than the store takes.
    #[error("{what} of {size} is over the limit of {limit}")]
    TooLarge {
        /// What is too large, with its unit.
        what: &'static str,
        /// How large it is.
        size: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The file could not be read or written. Whether the change took effect is not known: read before trying again.
    #[error("the store's file failed: {0}; look at the disk, then start again")]
    Storage(String),
    /// The file was written by another version of the store.
    #[error("the store's file has format {found}, and this version reads {expected}")]
    Format {
        /// The file's format.
        found: u64,
        /// The one that is read here.
        expected: u64,
    },
    /// The store is closing.
    #[error("the store is closed: open it again")]
    Closed,
}

macro_rules! storage_errors {
    ($($source:ty),* $(,)?) => {$(
        impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::Storage(error.to_string())
            }
        }
    )*};
}

storage_errors!(
    redb::CommitError,
    redb::DatabaseError,
    redb::SetDurabilityError,
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
);
