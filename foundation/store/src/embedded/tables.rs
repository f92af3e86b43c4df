//! How revisions lie in the file.
//!
//! | table | key | value |
//! |---|---|---|
//! | `current` | key | mod revision, create revision, version |
//! | `history` | key, revision | kind, create revision, version, then the value |
//! | `log` | revision, place in it | key |
//! | `meta` | name | number |
//!
//! A value stands once, in `history`; `current` makes the present cheap, `log` is what a watch replays.

use bytes::Bytes;
use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};

use crate::error::Error;
use crate::types::{Event, EventKind, KeyValue, RangeRequest, RangeResult, Revision};

/// Mod revision, create revision, version.
type Current = (u64, u64, u64);

const CURRENT: TableDefinition<'_, &[u8], Current> = TableDefinition::new("current");
const HISTORY: TableDefinition<'_, (&[u8], u64), &[u8]> = TableDefinition::new("history");
const LOG: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("log");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// The layout that this module reads and writes.
const FORMAT: u64 = 1;
/// Kind, create revision, version: what stands before the value in `history`.
const HEADER: usize = 17;

/// Makes the tables where they are not there; returns the store's revision.
pub(super) fn initialise(database: &Database) -> Result<Revision, Error> {
    let write = database.begin_write()?;
    let revision = {
        let mut meta = write.open_table(META)?;
        let format = meta.get("format")?.map(|found| found.value());
        match format {
            None => {
                meta.insert("format", FORMAT)?;
                meta.insert("revision", 1)?;
                meta.insert("compacted", 0)?;
            }
            Some(FORMAT) => {}
            Some(found) => return Err(Error::Format { found, expected: FORMAT }),
        }
        write.open_table(CURRENT)?;
        write.open_table(HISTORY)?;
        write.open_table(LOG)?;
        number(&meta, "revision")?
    };
    write.commit()?;
    Ok(revision)
}

fn number(meta: &impl ReadableTable<&'static str, u64>, name: &'static str) -> Result<u64, Error> {
    Ok(meta.get(name)?.map_or(0, |found| found.value()))
}

fn encode(kind: EventKind, create_revision: Revision, version: u64, value: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(HEADER + value.len());
    record.push(u8::from(kind == EventKind::Delete));
    record.extend_from_slice(&create_revision.to_be_bytes());
    record.extend_from_slice(&version.to_be_bytes());
    record.extend_from_slice(value);
    record
}

fn decode(key: &[u8], mod_revision: Revision, record: &[u8]) -> Result<(EventKind, KeyValue), Error> {
    let Some((header, value)) = record.split_first_chunk::<HEADER>() else {
        return Err(Error::Storage(format!("the record of revision {mod_revision} is cut short")));
    };
    let [kind, numbers @ ..] = header;
    let (create, version) = numbers.split_at(8);
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let kind = if *kind == 0 { EventKind::Put } else { EventKind::Delete };
    let kv = KeyValue {
        key: Bytes::copy_from_slice(key),
        value: Bytes::copy_from_slice(value),
        create_revision: number(create),
        mod_revision,
        version: number(version),
    };
    Ok((kind, kv))
}

type HistoryReader<'a> = &'a dyn Fn(&[u8], Revision) -> Result<Option<(EventKind, KeyValue)>, Error>;

fn at(
    history: &impl ReadableTable<(&'static [u8], u64), &'static [u8]>,
    key: &[u8],
    revision: Revision,
) -> Result<Option<(EventKind, KeyValue)>, Error> {
    history.get((key, revision))?.map(|record| decode(key, revision, record.value())).transpose()
}

fn present(current: Option<Current>, key: &[u8], history: HistoryReader<'_>) -> Result<Option<KeyValue>, Error> {
    let Some((mod_revision, ..)) = current else { return Ok(None) };
    match history(key, mod_revision)? {
        Some((EventKind::Put, kv)) => Ok(Some(kv)),
        _ => Err(Error::Storage(format!("the record of revision {mod_revision} is missing"))),
    }
}

/// Everything at one revision.
pub(super) struct Snapshot {
    current: ReadOnlyTable<&'static [u8], Current>,
    history: ReadOnlyTable<(&'static [u8], u64), &'static [u8]>,
    read: ReadTransaction,
    revision: Revision,
    compacted: Revision,
}

impl Snapshot {
    pub(super) fn open(database: &Database) -> Result<Self, Error> {
        let read = database.begin_read()?;
        let meta = read.open_table(META)?;
        Ok(Self {
            current: read.open_table(CURRENT)?,
            history: read.open_table(HISTORY)?,
            revision: number(&meta, "revision")?,
            compacted: number(&meta, "compacted")?,
            read,
        })
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<KeyValue>, Error> {
        let current = self.current.get(key)?.map(|found| found.value());
        present(current, key, &|key, revision| at(&self.history, key, revision))
    }

    pub(super) fn range(&self, request: &RangeRequest) -> Result<RangeResult, Error> {
        let limit = request.limit.unwrap_or(usize::MAX);
        let mut result = RangeResult { kvs: Vec::new(), more: false, revision: self.revision };
        match request.revision {
            Some(asked) if asked > self.revision => {
                return Err(Error::FutureRevision { asked, current: self.revision });
            }
            Some(asked) if asked < self.compacted => {
                return Err(Error::Compacted { asked, oldest: self.compacted });
            }
            Some(asked) if asked < self.revision => self.range_past(request, asked, limit, &mut result)?,
            _ => self.range_now(request, limit, &mut result)?,
        }
        Ok(result)
    }

    fn range_now(&self, request: &RangeRequest, limit: usize, result: &mut RangeResult) -> Result<(), Error> {
        for row in self.current.range::<&[u8]>(&request.keys.start[..]..)? {
            let (key, current) = row?;
            if !request.keys.contains(key.value()) {
                break;
            }
            if result.kvs.len() == limit {
                result.more = true;
                break;
            }
            let history: HistoryReader<'_> = &|key, revision| at(&self.history, key, revision);
            result.kvs.extend(present(Some(current.value()), key.value(), history)?);
        }
        Ok(())
    }

    /// Goes through the history of each key in turn; the last record up to `asked` is what the key was then.
    fn range_past(
        &self,
        request: &RangeRequest,
        asked: Revision,
        limit: usize,
        result: &mut RangeResult,
    ) -> Result<(), Error> {
        let mut candidate: Option<(EventKind, KeyValue)> = None;
        for row in self.history.range::<(&[u8], u64)>((&request.keys.start[..], 0)..)? {
            let (place, record) = row?;
            let (key, revision) = place.value();
            if !request.keys.contains(key) {
                break;
            }
            if candidate.as_ref().is_some_and(|(_, kv)| kv.key != key) {
                keep(candidate.take(), result);
                if result.kvs.len() > limit {
                    break;
                }
            }
            if revision <= asked {
                candidate = Some(decode(key, revision, record.value())?);
            }
        }
        keep(candidate, result);
        result.more = result.kvs.len() > limit;
        result.kvs.truncate(limit);
        Ok(())
    }

    /// Refuses a replay from a revision whose change is forgotten.
    pub(super) fn check_replay(&self, from: Revision) -> Result<(), Error> {
        if from <= self.compacted {
            return Err(Error::Compacted { asked: from, oldest: self.compacted });
        }
        Ok(())
    }

    /// The changes from revision `from` up to `to`, whole revisions, at least one and then until `enough`.
    /// Returns the last revision that was looked at.
    pub(super) fn replay(
        &self,
        from: Revision,
        to: Revision,
        enough: usize,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<(Vec<Event>, Revision), Error> {
        self.check_replay(from)?;
        let log = self.read.open_table(LOG)?;
        let mut events = Vec::new();
        let mut last = from;
        for (looked, row) in log.range((from, 0)..=(to, u32::MAX))?.enumerate() {
            let (place, key) = row?;
            let (revision, _) = place.value();
            if looked >= enough && revision != last {
                return Ok((events, last));
            }
            last = revision;
            let key = key.value();
            if wanted(key) {
                events.push(self.event(key, revision)?);
            }
        }
        Ok((events, to))
    }

    fn event(&self, key: &[u8], revision: Revision) -> Result<Event, Error> {
        let Some((kind, kv)) = at(&self.history, key, revision)? else {
            return Err(Error::Storage(format!("the record of revision {revision} is missing")));
        };
        let before = self.history.range((key, 0)..(key, revision))?.next_back().transpose()?;
        let prev = match before {
            Some((place, record)) => match decode(key, place.value().1, record.value())? {
                (EventKind::Put, kv) => Some(kv),
                (EventKind::Delete, _) => None,
            },
            None => None,
        };
        Ok(Event { kind, kv, prev })
    }
}

fn keep(candidate: Option<(EventKind, KeyValue)>, result: &mut RangeResult) {
    if let Some((EventKind::Put, kv)) = candidate {
        result.kvs.push(kv);
    }
}

/// The tables of a change under way.
pub(super) struct Change<'a> {
    current: redb::Table<'a, &'static [u8], Current>,
    history: redb::Table<'a, (&'static [u8], u64), &'static [u8]>,
    log: redb::Table<'a, (u64, u32), &'static [u8]>,
    meta: redb::Table<'a, &'static str, u64>,
    /// The revision of the last change, those of this commit included.
    pub(super) revision: Revision,
}

impl<'a> Change<'a> {
    pub(super) fn open(write: &'a WriteTransaction) -> Result<Self, Error> {
        let meta = write.open_table(META)?;
        Ok(Self {
            current: write.open_table(CURRENT)?,
            history: write.open_table(HISTORY)?,
            log: write.open_table(LOG)?,
            revision: number(&meta, "revision")?,
            meta,
        })
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<KeyValue>, Error> {
        let current = self.current.get(key)?.map(|found| found.value());
        present(current, key, &|key, revision| at(&self.history, key, revision))
    }

    /// Writes (or, with no value, removes) a key as the `place`th change of `revision`.
    pub(super) fn set(
        &mut self,
        revision: Revision,
        place: u32,
        key: &Bytes,
        value: Option<&Bytes>,
        prev: Option<KeyValue>,
    ) -> Result<Event, Error> {
        self.log.insert((revision, place), &key[..])?;
        let (kind, create_revision, version) = match (value, &prev) {
            (Some(_), Some(prev)) => (EventKind::Put, prev.create_revision, prev.version + 1),
            (Some(_), None) => (EventKind::Put, revision, 1),
            (None, _) => (EventKind::Delete, 0, 0),
        };
        let value = value.cloned().unwrap_or_default();
        self.history.insert((&key[..], revision), &encode(kind, create_revision, version, &value)[..])?;
        match kind {
            EventKind::Put => self.current.insert(&key[..], (revision, create_revision, version))?,
            EventKind::Delete => self.current.remove(&key[..])?,
        };
        let kv = KeyValue { key: key.clone(), value, create_revision, mod_revision: revision, version };
        Ok(Event { kind, kv, prev })
    }

    /// Records the revision reached; the last thing before the commit.
    pub(super) fn finish(mut self) -> Result<Revision, Error> {
        self.meta.insert("revision", self.revision)?;
        Ok(self.revision)
    }

    /// From now on nothing before `revision` can be read.
    pub(super) fn compact_to(&mut self, revision: Revision) -> Result<(), Error> {
        let compacted = number(&self.meta, "compacted")?;
        if revision > self.revision {
            return Err(Error::FutureRevision { asked: revision, current: self.revision });
        }
        if revision <= compacted {
            return Err(Error::Compacted { asked: revision, oldest: compacted });
        }
        self.meta.insert("compacted", revision)?;
        Ok(())
    }

    /// Frees the space of up to `most` changes that can no longer be read; whether there may be more.
    pub(super) fn compact_step(&mut self, most: usize) -> Result<bool, Error> {
        let compacted = number(&self.meta, "compacted")?;
        let mut freed = Vec::new();
        for row in self.log.range((0, 0)..=(compacted, u32::MAX))?.take(most) {
            let (place, key) = row?;
            freed.push((place.value(), key.value().to_vec()));
        }
        for (place, key) in &freed {
            let (revision, _) = *place;
            let mut gone = Vec::new();
            for row in self.history.range((&key[..], 0)..=(&key[..], revision))? {
                let (place, record) = row?;
                let at = place.value().1;
                // What a key was at the compacted revision stays, unless it was removed.
                if at < revision || decode(key, at, record.value())?.0 == EventKind::Delete {
                    gone.push(at);
                }
            }
            for at in gone {
                self.history.remove((&key[..], at))?;
            }
            self.log.remove(*place)?;
        }
        Ok(freed.len() == most)
    }
}
