//! Reading: one object, or a page of a list at one revision.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use reks_store::{KeyRange, RangeRequest, Revision};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Registry, from_stored};
use crate::catalog::Resource;
use crate::selectors::{FieldSelector, LabelSelector};
use crate::status::{Result, Status};
use crate::stored::Stored;

/// Objects read from the store at a time while a selector picks.
const SCAN: usize = 500;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// By labels.
    pub labels: LabelSelector,
    /// By fields.
    pub fields: FieldSelector,
    /// The most objects of a page; none for all.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub continue_token: Option<String>,
    /// `resourceVersion`, none where it is unset or 0.
    pub revision: Option<Revision>,
    /// How `revision` is meant.
    pub revision_match: ResourceVersionMatch,
}

/// How a list's `resourceVersion` is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResourceVersionMatch {
    /// At least as new.
    #[default]
    NotOlderThan,
    /// Just this one.
    Exact,
}

/// A page of a list.
#[derive(Debug)]
pub struct List {
    /// The objects, in the order of their keys.
    pub items: Vec<Stored>,
    /// The revision that they are of.
    pub revision: Revision,
    /// For the next page, if there is one.
    pub continue_token: Option<String>,
    /// How many objects follow this page; none where a selector makes it unknown.
    pub remaining: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct Continue {
    v: String,
    rv: Revision,
    start: String,
}

impl Registry {
    /// One object.
    ///
    /// # Errors
    /// `NotFound`, or the store's failure.
    pub fn get(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Result<Stored> {
        self.find(resource, namespace, name)?.ok_or_else(|| Status::not_found(resource.kind, name))
    }

    /// One object, if it is there.
    ///
    /// # Errors
    /// The store's failure.
    pub fn find(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Result<Option<Stored>> {
        self.store.get(&resource.key(namespace, name))?.map(|kv| Stored::read(&kv)).transpose()
    }

    /// One object, decoded, as the kind asked for.
    ///
    /// # Errors
    /// `NotFound`, or the store's failure.
    pub fn get_value(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Result<Value> {
        self.present(resource, &self.get(resource, namespace, name)?)
    }

    /// A page of objects, all of one revision.
    ///
    /// # Errors
    /// `Expired` when the revision has been compacted, `BadRequest` for a continue token that is not ours.
    pub fn list(&self, resource: &Resource, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        let all = resource.keys(namespace);
        let (mut keys, revision) = match &options.continue_token {
            Some(token) => {
                let token = decode_token(token, &resource.prefix)?;
                (KeyRange { start: Bytes::from(token.start.into_bytes()), end: all.end.clone() }, Some(token.rv))
            }
            None => (all, self.asked_revision(options)?),
        };
        let picky = !options.labels.is_empty() || !options.fields.is_empty();
        let mut items = Vec::new();
        let mut at = revision;
        loop {
            let limit = match (options.limit, picky) {
                (Some(limit), false) => Some(limit),
                (None, false) => None,
                (_, true) => Some(SCAN),
            };
            let page = self
                .store
                .range(&RangeRequest { keys: keys.clone(), revision: at, limit })
                .map_err(|error| expired(&error, options.continue_token.is_some()))?;
            let at_revision = *at.get_or_insert(page.revision);
            for kv in &page.kvs {
                let stored = Stored::read(kv)?;
                if picky && !self.picked(resource, &stored, options)? {
                    continue;
                }
                if options.limit.is_some_and(|limit| items.len() == limit) {
                    let token = encode_token(at_revision, &kv.key);
                    return Ok(List { items, revision: at_revision, continue_token: Some(token), remaining: None });
                }
                items.push(stored);
            }
            let next = page.kvs.last().map(|kv| Bytes::from([&kv.key[..], b"\0"].concat()));
            match next {
                Some(next) if page.more && !picky => {
                    let rest = KeyRange { start: next.clone(), end: keys.end };
                    let remaining = self.count(&rest, at_revision)?;
                    let token = encode_token(at_revision, &next);
                    return Ok(List {
                        items,
                        revision: at_revision,
                        continue_token: Some(token),
                        remaining: Some(remaining),
                    });
                }
                Some(next) if page.more => keys.start = next,
                _ => return Ok(List { items, revision: at_revision, continue_token: None, remaining: None }),
            }
        }
    }

    /// Whether the selectors pick an object.
    ///
    /// # Errors
    /// When the object is damaged.
    pub fn picked(&self, resource: &Resource, stored: &Stored, options: &ListOptions) -> Result<bool> {
        let mut object = stored.parse()?;
        from_stored(resource.kind, &mut object);
        Ok(options.labels.matches(&object) && options.fields.matches(&object, resource.kind.fields))
    }

    fn asked_revision(&self, options: &ListOptions) -> Result<Option<Revision>> {
        let Some(revision) = options.revision else { return Ok(None) };
        let current = self.store.revision();
        if revision > current {
            return Err(too_large(revision, current));
        }
        Ok((options.revision_match == ResourceVersionMatch::Exact).then_some(revision))
    }

    fn count(&self, keys: &KeyRange, revision: Revision) -> Result<usize> {
        let request = RangeRequest { keys: keys.clone(), revision: Some(revision), limit: None };
        Ok(self.store.range(&request)?.kvs.len())
    }
}

/// The answer to a revision that the server has not reached (upstream waits a little, then says so).
fn too_large(asked: Revision, current: Revision) -> Status {
    let mut status = Status::new(
        http::StatusCode::GATEWAY_TIMEOUT,
        "Timeout",
        format!("Timeout: Too large resource version: {asked}, current: {current}"),
    );
    status.details = serde_json::json!({
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1
    });
    status
}

fn expired(error: &reks_store::Error, continued: bool) -> Status {
    match error {
        reks_store::Error::Compacted { .. } if continued => Status::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list \
             without the continue parameter.",
        ),
        reks_store::Error::Compacted { .. } => Status::expired("The resourceVersion for the provided list is too old."),
        other => Status::internal(other),
    }
}

fn encode_token(revision: Revision, start: &Bytes) -> String {
    let token =
        Continue { v: "meta.k8s.io/v1".to_owned(), rv: revision, start: String::from_utf8_lossy(start).into_owned() };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
}

fn decode_token(token: &str, prefix: &str) -> Result<Continue> {
    let bad = || Status::bad_request("continue key is not valid: it was not made by this server");
    let bytes = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| bad())?;
    let token: Continue = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    // A token of another resource must not lead out of this one.
    if token.v == "meta.k8s.io/v1" && token.start.starts_with(prefix) { Ok(token) } else { Err(bad()) }
}
