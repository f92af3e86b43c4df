//! What goes into the store and what comes out: the words of etcd's v3 API.

use bytes::Bytes;

/// The store's logical clock: the number of the last change. An empty store stands at 1, as etcd does.
pub type Revision = u64;

/// A key with its value at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// The key.
    pub key: Bytes,
    /// The value; empty in a [`EventKind::Delete`] event.
    pub value: Bytes,
    /// The revision that created the key, counted anew after a delete. 0 in a delete event.
    pub create_revision: Revision,
    /// The revision of the change that wrote this value.
    pub mod_revision: Revision,
    /// How many times the key was written since its creation, from 1. 0 in a delete event.
    pub version: u64,
}

/// Keys from `start` to before `end`, in byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key.
    pub start: Bytes,
    /// The first key that is not included; none for every key from `start` on.
    pub end: Option<Bytes>,
}

impl KeyRange {
    /// One key and no other.
    pub fn key(key: impl Into<Bytes>) -> Self {
        let start = key.into();
        let end = [&start[..], b"\0"].concat();
        Self { start, end: Some(end.into()) }
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: impl Into<Bytes>) -> Self {
        let start: Bytes = prefix.into();
        // The first key after a prefix: its last byte below 0xff raised by one. Where there is none, no key follows.
        let end = start.iter().rposition(|byte| *byte != u8::MAX).map(|last| {
            let mut end = start[..=last].to_vec();
            end[last] += 1;
            end.into()
        });
        Self { start, end }
    }

    /// Whether `key` lies in the range.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= &self.start[..] && self.end.as_ref().is_none_or(|end| key < &end[..])
    }
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRequest {
    /// Which keys.
    pub keys: KeyRange,
    /// The revision to read at; none for the present.
    pub revision: Option<Revision>,
    /// The most key-values to return; none for all.
    pub limit: Option<usize>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeResult {
    /// The key-values in the order of their keys.
    pub kvs: Vec<KeyValue>,
    /// Whether the limit left some out.
    pub more: bool,
    /// The store's revision when it was read (also where the read was of an older one).
    pub revision: Revision,
}

/// If all of `compares` hold, `success` is done, else `failure`; as one change, at one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Txn {
    /// The conditions; none of them holds always.
    pub compares: Vec<Compare>,
    /// Done when every condition holds.
    pub success: Vec<Op>,
    /// Done when one does not.
    pub failure: Vec<Op>,
}

/// A condition on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// The key.
    pub key: Bytes,
    /// How what is there relates to the target.
    pub operator: Operator,
    /// What is compared with what.
    pub target: Target,
}

/// How the key's field relates to the target's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The same.
    Equal,
    /// Not the same.
    NotEqual,
    /// The key's field is greater.
    Greater,
    /// The key's field is less.
    Less,
}

/// The field of a key that a [`Compare`] looks at, and the value it is held against. A key that is not there has zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// [`KeyValue::version`]; 0 means that the key is not there.
    Version(u64),
    /// [`KeyValue::create_revision`].
    CreateRevision(Revision),
    /// [`KeyValue::mod_revision`].
    ModRevision(Revision),
    /// [`KeyValue::value`]. Never holds for a key that is not there (etcd, "Transaction").
    Value(Bytes),
}

/// One step of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Writes a key.
    Put {
        /// The key.
        key: Bytes,
        /// Its new value.
        value: Bytes,
    },
    /// Removes a key; nothing where it is not there.
    Delete {
        /// The key.
        key: Bytes,
    },
    /// Reads a key as the steps before left it.
    Get {
        /// The key.
        key: Bytes,
    },
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnResult {
    /// Whether every condition held.
    pub succeeded: bool,
    /// The store's revision after it. A transaction that changed nothing made no revision.
    pub revision: Revision,
    /// For each step, in order: what a `Get` found, what a `Put` or `Delete` replaced.
    pub kvs: Vec<Option<KeyValue>>,
}

/// A change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Written or removed.
    pub kind: EventKind,
    /// The key as it is now. Of a removed key only `key` and `mod_revision` say something.
    pub kv: KeyValue,
    /// The key as it was; none where it was not there, or where compaction has forgotten it.
    pub prev: Option<KeyValue>,
}

/// Whether a key was written or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Written.
    Put,
    /// Removed.
    Delete,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_what_begins_with_it() {
        let check = |prefix: &[u8], key: &[u8], inside: bool| {
            assert_eq!(KeyRange::prefix(prefix.to_vec()).contains(key), inside, "{prefix:?} {key:?}");
        };
        check(b"/pods/", b"/pods/a", true);
        check(b"/pods/", b"/pods/", true);
        check(b"/pods/", b"/pods", false);
        check(b"/pods/", b"/pods0", false);
        check(b"a\xff", b"a\xff\xff", true);
        check(b"a\xff", b"b", false);
        check(b"\xff\xff", b"\xff\xff\xff", true);
        check(b"", b"anything", true);
    }

    #[test]
    fn a_key_covers_itself_alone() {
        let range = KeyRange::key("a");
        assert!(range.contains(b"a"));
        assert!(!range.contains(b"a\0"));
        assert!(!range.contains(b"b"));
    }
}
