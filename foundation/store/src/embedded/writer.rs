//! The writer: takes what waits, does it as one commit, tells the watches, then answers.

use redb::Durability;
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::tables::Change;
use crate::error::Error;
use crate::types::{Compare, Event, Op, Operator, Revision, Target, Txn, TxnResult};

/// Requests in one commit: enough to share a sync, few enough that none waits long.
const BATCH: usize = 256;
/// Changes that one step of a compaction frees.
const COMPACTION_STEP: usize = 1000;

type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// What the writer is asked.
pub(super) enum Request {
    /// Do a transaction.
    Txn(Txn, Answer<TxnResult>),
    /// Let nothing before a revision be read.
    CompactTo(Revision, Answer<()>),
    /// Free some of what cannot be read; answers whether there may be more.
    CompactStep(Answer<bool>),
}

impl Request {
    /// Answers that nothing was done.
    fn refuse(self, error: Error) {
        match self {
            Self::Txn(_, answer) => drop(answer.send(Err(error))),
            Self::CompactTo(_, answer) => drop(answer.send(Err(error))),
            Self::CompactStep(answer) => drop(answer.send(Err(error))),
        }
    }
}

/// An answer that waits for the sync.
enum Done {
    Txn(Answer<TxnResult>, TxnResult),
    CompactTo(Answer<()>),
    CompactStep(Answer<bool>, bool),
}

impl Done {
    /// Gives the answer, or why the commit failed. Nobody may be listening any more.
    fn answer(self, committed: &Result<(), Error>) {
        match self {
            Self::Txn(answer, result) => drop(answer.send(committed.clone().map(|()| result))),
            Self::CompactTo(answer) => drop(answer.send(committed.clone())),
            Self::CompactStep(answer, more) => drop(answer.send(committed.clone().map(|()| more))),
        }
    }
}

/// Serves requests until every [`super::Store`] is gone.
pub(super) fn run(shared: &Shared, mut queue: mpsc::Receiver<Request>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        let mut done = Vec::with_capacity(batch.len());
        let mut events = Vec::new();
        let mut waiting = batch.drain(..);
        let committed = commit(shared, &mut waiting, &mut done, &mut events);
        match &committed {
            Ok(revision) => shared.hub.publish(*revision, &events),
            Err(error) => waiting.for_each(|request| request.refuse(error.clone())),
        }
        let committed = committed.map(|_| ());
        for done in done {
            done.answer(&committed);
        }
    }
    shared.hub.close();
}

fn commit(
    shared: &Shared,
    batch: &mut impl Iterator<Item = Request>,
    done: &mut Vec<Done>,
    events: &mut Vec<Event>,
) -> Result<Revision, Error> {
    let mut write = shared.database.begin_write()?;
    write.set_durability(Durability::Immediate)?;
    let revision = {
        let mut change = Change::open(&write)?;
        for request in batch {
            match request {
                Request::Txn(txn, answer) => match apply(&mut change, &txn, events) {
                    Ok(result) => done.push(Done::Txn(answer, result)),
                    Err(error) => {
                        drop(answer.send(Err(error.clone())));
                        return Err(error);
                    }
                },
                Request::CompactTo(revision, answer) => match change.compact_to(revision) {
                    Ok(()) => done.push(Done::CompactTo(answer)),
                    Err(refused) => drop(answer.send(Err(refused))),
                },
                Request::CompactStep(answer) => {
                    done.push(Done::CompactStep(answer, change.compact_step(COMPACTION_STEP)?));
                }
            }
        }
        change.finish()?
    };
    write.commit()?;
    Ok(revision)
}

fn apply(change: &mut Change<'_>, txn: &Txn, events: &mut Vec<Event>) -> Result<TxnResult, Error> {
    let mut succeeded = true;
    for compare in &txn.compares {
        succeeded = succeeded && holds(change, compare)?;
    }
    let ops = if succeeded { &txn.success } else { &txn.failure };
    let next = change.revision + 1;
    let mut place = 0;
    let mut kvs = Vec::with_capacity(ops.len());
    for op in ops {
        let (Op::Put { key, .. } | Op::Delete { key } | Op::Get { key }) = op;
        let found = change.get(key)?;
        let value = match op {
            Op::Put { value, .. } => Some(value),
            Op::Delete { .. } if found.is_some() => None,
            // Removing what is not there is no change, as in etcd.
            Op::Delete { .. } | Op::Get { .. } => {
                kvs.push(found);
                continue;
            }
        };
        events.push(change.set(next, place, key, value, found.clone())?);
        place += 1;
        kvs.push(found);
    }
    if place > 0 {
        change.revision = next;
    }
    Ok(TxnResult { succeeded, revision: change.revision, kvs })
}

fn holds(change: &Change<'_>, compare: &Compare) -> Result<bool, Error> {
    let found = change.get(&compare.key)?;
    let (version, create, modified) =
        found.as_ref().map_or((0, 0, 0), |kv| (kv.version, kv.create_revision, kv.mod_revision));
    let order = match &compare.target {
        Target::Version(wanted) => version.cmp(wanted),
        Target::CreateRevision(wanted) => create.cmp(wanted),
        Target::ModRevision(wanted) => modified.cmp(wanted),
        Target::Value(wanted) => match &found {
            Some(kv) => kv.value.cmp(wanted),
            None => return Ok(false),
        },
    };
    Ok(match compare.operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Greater => order.is_gt(),
        Operator::Less => order.is_lt(),
    })
}
