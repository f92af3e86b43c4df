//! The embedded engine: one redb file, one writer thread, many readers.
//!
//! - `tables` lays revisions out in the file,
//! - `writer` turns many transactions into one commit,
//! - `watch` follows the commits, and reads the file when it falls behind.

mod tables;
mod watch;
mod writer;

use std::path::Path;
use std::sync::Arc;

use redb::Database;
use tokio::sync::{mpsc, oneshot};

pub use watch::Watch;

use crate::error::Error;
use crate::types::{KeyRange, KeyValue, Op, RangeRequest, RangeResult, Revision, Target, Txn, TxnResult};
use watch::Hub;
use writer::Request;

/// The longest key, in bytes: Kubernetes' longest (group, resource, namespace, name) is under 1 KiB.
pub const MAX_KEY_BYTES: usize = 4 << 10;
/// The longest value, in bytes: etcd's default request limit, which Kubernetes' clients know.
pub const MAX_VALUE_BYTES: usize = 3 << 19;
/// The most steps and conditions of a transaction: etcd's default.
pub const MAX_TXN_OPS: usize = 128;
/// The most that a transaction's conditions and steps weigh together, in bytes: a largest value with room for the keys.
/// With the queue's bound, it bounds what waiting writers hold.
pub const MAX_TXN_BYTES: usize = 2 << 20;
/// Transactions that wait for the writer; more wait at the caller.
const QUEUE: usize = 1024;

/// How to open a store.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How much of the file is kept in memory, in bytes.
    pub cache_bytes: usize,
}

impl Default for Options {
    /// 4 MiB: one of hundreds of stores on a host.
    fn default() -> Self {
        Self { cache_bytes: 4 << 20 }
    }
}

/// A store. Clones share it; the last one dropped ends the writer.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    requests: mpsc::Sender<Request>,
}

/// What readers, watches and the writer share.
struct Shared {
    database: Database,
    hub: Hub,
}

impl Store {
    /// Opens the store in the file at `path`, making it where there is none.
    ///
    /// # Errors
    /// [`Error::Storage`] where the file cannot be opened or is another process's; [`Error::Format`].
    pub fn open(path: &Path, options: Options) -> Result<Self, Error> {
        Self::start(Database::builder().set_cache_size(options.cache_bytes).create(path)?)
    }

    /// A store in memory: gone with its last clone.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn in_memory() -> Result<Self, Error> {
        Self::start(Database::builder().create_with_backend(redb::backends::InMemoryBackend::new())?)
    }

    fn start(database: Database) -> Result<Self, Error> {
        let revision = tables::initialise(&database)?;
        let shared = Arc::new(Shared { database, hub: Hub::new(revision) });
        let (requests, queue) = mpsc::channel(QUEUE);
        let writers = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer::run(&writers, queue))
            .map_err(|error| Error::Storage(error.to_string()))?;
        Ok(Self { shared, requests })
    }

    /// The revision of the last change that readers and watches see.
    pub fn revision(&self) -> Revision {
        self.shared.hub.revision()
    }

    /// The present value of one key. Reads the file: a few microseconds when it is cached.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn get(&self, key: &[u8]) -> Result<Option<KeyValue>, Error> {
        tables::Snapshot::open(&self.shared.database)?.get(key)
    }

    /// The values of a range of keys, now or in the past, all at one revision.
    ///
    /// # Errors
    /// [`Error::Compacted`], [`Error::FutureRevision`], [`Error::Storage`].
    pub fn range(&self, request: &RangeRequest) -> Result<RangeResult, Error> {
        tables::Snapshot::open(&self.shared.database)?.range(request)
    }

    /// Does a transaction, and answers when it is synced to disk. Once called it is done even if the answer is not awaited.
    ///
    /// # Errors
    /// [`Error::TooLarge`] and [`Error::DuplicateKey`] before anything was changed; [`Error::Storage`]; [`Error::Closed`].
    pub async fn txn(&self, txn: Txn) -> Result<TxnResult, Error> {
        check(&txn)?;
        self.ask(|answer| Request::Txn(txn, answer)).await
    }

    /// Forgets what was before `revision`; reads at `revision` itself stay possible.
    ///
    /// # Errors
    /// [`Error::Compacted`] where that was forgotten already, [`Error::FutureRevision`], [`Error::Storage`].
    pub async fn compact(&self, revision: Revision) -> Result<(), Error> {
        self.ask(|answer| Request::CompactTo(revision, answer)).await?;
        // In steps, so that writers wait for a step and not for the whole.
        while self.ask(Request::CompactStep).await? {}
        Ok(())
    }

    /// Follows a range of keys from the change at revision `from` on; none for what comes after now.
    ///
    /// # Errors
    /// [`Error::Compacted`], [`Error::Storage`].
    pub fn watch(&self, keys: KeyRange, from: Option<Revision>) -> Result<Watch, Error> {
        Watch::new(Arc::clone(&self.shared), keys, from)
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Request) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(request(answer)).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }
}

/// Refuses what is too large or changes a key twice.
fn check(txn: &Txn) -> Result<(), Error> {
    let limit = |what, size, limit| if size > limit { Err(Error::TooLarge { what, size, limit }) } else { Ok(()) };
    limit("a transaction (conditions)", txn.compares.len(), MAX_TXN_OPS)?;
    let mut bytes = 0;
    for compare in &txn.compares {
        limit("a key (bytes)", compare.key.len(), MAX_KEY_BYTES)?;
        bytes += compare.key.len();
        if let Target::Value(value) = &compare.target {
            limit("a value (bytes)", value.len(), MAX_VALUE_BYTES)?;
            bytes += value.len();
        }
    }
    for ops in [&txn.success, &txn.failure] {
        limit("a transaction (steps)", ops.len(), MAX_TXN_OPS)?;
        let mut changed = std::collections::HashSet::new();
        for op in ops {
            let (Op::Put { key, .. } | Op::Delete { key } | Op::Get { key }) = op;
            limit("a key (bytes)", key.len(), MAX_KEY_BYTES)?;
            if let Op::Put { value, .. } = op {
                limit("a value (bytes)", value.len(), MAX_VALUE_BYTES)?;
                bytes += value.len();
            }
            bytes += key.len();
            if !matches!(op, Op::Get { .. }) && !changed.insert(key) {
                return Err(Error::DuplicateKey);
            }
        }
    }
    limit("a transaction (bytes)", bytes, MAX_TXN_BYTES)
}
