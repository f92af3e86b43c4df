//! Strategic merge patch, by the schema of the kind.

use reks_kinds::Kind;
use reks_schema::Table;
use serde_json::Value;

use crate::status::{Result, Status, qualified};

/// The object with a strategic merge patch applied.
///
/// # Errors
/// `BadRequest` when the patch does not fit the kind, `UnsupportedMediaType` for a kind without a schema.
pub fn strategic(kind: &Kind, old: &Value, patch: &Value) -> Result<Value> {
    let table = Table::builtin();
    let ty = table.kind(kind.group, kind.version, kind.kind).ok_or_else(|| {
        Status::unsupported_media_type(format!(
            "{} takes no strategic merge patch: send application/merge-patch+json",
            qualified(kind)
        ))
    })?;
    reks_schema::strategic_merge(table, ty, old, patch).map_err(|error| Status::bad_request(error.to_string()))
}
