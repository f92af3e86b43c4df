//! An object as the store keeps it, encoded once per revision.
//!
//! The value is the JSON of the object without its resourceVersion, which is not known before the commit, behind four
//! bytes that say where it belongs. A read yields three slices of shared bytes instead of decoding and encoding again.

use bytes::Bytes;
use reks_store::{KeyValue, Revision};
use serde_json::Value;

use crate::status::{Result, Status};

/// The field that is to be filled in.
const MARK: &str = "\"resourceVersion\":\"\"";

/// An object at one revision.
#[derive(Debug, Clone)]
pub struct Stored {
    json: Bytes,
    insert: usize,
    /// The object's resourceVersion.
    pub revision: Revision,
}

/// Encodes an object for the store.
///
/// # Errors
/// When the object has no `metadata` map.
pub fn encode(mut object: Value) -> Result<Bytes> {
    let metadata = object
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| Status::bad_request("the object has no metadata"))?;
    metadata.remove("resourceVersion");
    // The metadata goes first, so that the first occurrence of the mark is the right one whatever else the object holds.
    let mut metadata_json =
        serde_json::to_string(&Value::Object(std::mem::take(metadata))).map_err(Status::internal)?;
    let mut out = vec![0; 4];
    out.extend_from_slice(b"{\"metadata\":{");
    out.extend_from_slice(MARK.as_bytes());
    let insert = out.len() - 4 - 1;
    out[..4].copy_from_slice(&u32::try_from(insert).map_err(Status::internal)?.to_le_bytes());
    let rest = metadata_json.split_off(1);
    if rest.len() > 1 {
        out.push(b',');
    }
    out.extend_from_slice(rest.as_bytes());
    for (name, value) in object.as_object().into_iter().flatten() {
        if name == "metadata" {
            continue;
        }
        out.push(b',');
        serde_json::to_writer(&mut out, name).map_err(Status::internal)?;
        out.push(b':');
        serde_json::to_writer(&mut out, value).map_err(Status::internal)?;
    }
    out.push(b'}');
    Ok(out.into())
}

impl Stored {
    /// Reads what [`encode`] wrote.
    ///
    /// # Errors
    /// When the value is not one of ours.
    pub fn read(kv: &KeyValue) -> Result<Self> {
        Self::from_parts(&kv.value, kv.mod_revision)
    }

    /// The same from a value and the revision that it was written at.
    ///
    /// # Errors
    /// When the value is not one of ours.
    pub fn from_parts(value: &Bytes, revision: Revision) -> Result<Self> {
        let damaged = || Status::internal("a stored object is damaged: its header does not fit its length");
        let header: [u8; 4] = value.get(..4).and_then(|head| head.try_into().ok()).ok_or_else(damaged)?;
        let insert = u32::from_le_bytes(header) as usize;
        let json = value.slice(4..);
        if insert > json.len() {
            return Err(damaged());
        }
        Ok(Self { json, insert, revision })
    }

    /// The JSON, in three pieces.
    #[must_use]
    pub fn segments(&self) -> [Bytes; 3] {
        [
            self.json.slice(..self.insert),
            Bytes::from(self.revision.to_string().into_bytes()),
            self.json.slice(self.insert..),
        ]
    }

    /// Length of the JSON in bytes, but for the resourceVersion.
    #[must_use]
    pub fn json_length(&self) -> usize {
        self.json.len()
    }

    /// The object, decoded, with its resourceVersion.
    ///
    /// # Errors
    /// When the JSON is damaged.
    pub fn parse(&self) -> Result<Value> {
        let mut object: Value = serde_json::from_slice(&self.json).map_err(Status::internal)?;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_reads_back_with_its_revision() {
        for object in [
            json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "n"}}),
            json!({"apiVersion": "v1", "kind": "A", "metadata": {}, "a": {"metadata": {"resourceVersion": ""}}}),
            json!({"metadata": {"annotations": {"resourceVersion": "", "\"resourceVersion\":\"\"": "x"}}}),
        ] {
            let mut sent = object.clone();
            sent["metadata"]["resourceVersion"] = "5".into();
            let stored = Stored::from_parts(&encode(sent).unwrap(), 77).unwrap();
            let mut expected = object;
            expected["metadata"]["resourceVersion"] = "77".into();
            assert_eq!(stored.parse().unwrap(), expected);
            let text: Vec<u8> = stored.segments().iter().flatten().copied().collect();
            assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), expected);
        }
    }
}
