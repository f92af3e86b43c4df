//! Creating an object.

use bytes::Bytes;
use reks_store::{Op, Txn};
use serde_json::Value;

use super::{Along, Registry, absent, check, encoded, metadata, name_of};
use crate::catalog::Resource;
use crate::status::{Result, Status};
use crate::stored::Stored;

/// How often a generated name is tried anew when it is taken.
const GENERATED_NAME_TRIES: usize = 8;

/// An object to create. It is decoded and defaulted.
#[derive(Debug)]
pub struct Create<'a> {
    /// Its resource.
    pub resource: &'a Resource,
    /// The namespace of the path.
    pub namespace: Option<&'a str>,
    /// The object.
    pub object: Value,
    /// Whether only to check.
    pub dry_run: bool,
}

impl Registry {
    /// Creates an object. `admit` sees it with its metadata set, may change it, and may ask for more in the same transaction.
    ///
    /// # Errors
    /// `Invalid`, `AlreadyExists`, what `admit` says, or the store's failure.
    pub async fn create(
        &self,
        create: Create<'_>,
        mut admit: impl FnMut(&mut Value) -> Result<Along>,
    ) -> Result<(Value, Stored)> {
        let Create { resource, namespace, object, dry_run } = create;
        let kind = resource.kind;
        let mut tries = 0;
        loop {
            let mut object = object.clone();
            let generated = metadata::for_create(kind, namespace, &mut object, self.environment)?;
            (kind.prepare_create)(&mut object);
            let along = admit(&mut object)?;
            let mut errors = metadata::name_errors(kind, &object);
            errors.extend((kind.validate)(&object));
            errors.extend((kind.validate_create)(&object));
            check(kind, &object, errors)?;

            let key = resource.key(namespace, name_of(&object));
            let value = encoded(kind, &object)?;
            let taken = if dry_run {
                self.store.get(&key)?.is_some()
            } else {
                let (succeeded, revision) = self.put_new(&key, &value, along).await?;
                if succeeded {
                    let stored = Stored::from_parts(&value, revision)?;
                    object["metadata"]["resourceVersion"] = revision.to_string().into();
                    return Ok((object, stored));
                }
                true
            };
            if !taken {
                let stored = Stored::from_parts(&value, self.store.revision())?;
                return Ok((object, stored));
            }
            tries += 1;
            let name_taken = self.store.get(&key)?.is_some();
            // What failed may be the condition of what goes along: an address that someone else took just now.
            if (name_taken && !generated) || tries == GENERATED_NAME_TRIES {
                return Err(Status::already_exists(kind, name_of(&object)));
            }
        }
    }

    async fn put_new(&self, key: &Bytes, value: &Bytes, along: Along) -> Result<(bool, u64)> {
        let mut compares = vec![absent(key)];
        compares.extend(along.compares);
        let mut success = vec![Op::Put { key: key.clone(), value: value.clone() }];
        success.extend(along.ops);
        let result = self.store.txn(Txn { compares, success, failure: Vec::new() }).await?;
        Ok((result.succeeded, result.revision))
    }
}
