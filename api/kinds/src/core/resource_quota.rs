//! The row of ResourceQuota.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["quota"],
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Request", "Used of allowed, of all but limits.", |object, _| usage(object, false).into()),
        Column::string("Limit", "Used of allowed, of limits.", |object, _| usage(object, true).into()),
        columns::AGE,
    ],
    ..Kind::new("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", true)
};

/// `name: used/hard` of each resource whose name begins with `limits.`, or of the others.
fn usage(quota: &Value, limits: bool) -> String {
    let zero_if_empty = |text: String| if text.is_empty() { "0".to_owned() } else { text };
    let mut resources: Vec<_> = quota["status"]["hard"].as_object().into_iter().flatten().collect();
    resources.retain(|(name, _)| name.starts_with("limits.") == limits);
    resources.sort_by_key(|(name, _)| name.as_str());
    let used = |name: &str| zero_if_empty(columns::text(&quota["status"]["used"][name]));
    let cells = resources.into_iter().map(|(name, hard)| format!("{name}: {}/{}", used(name), columns::text(hard)));
    cells.collect::<Vec<_>>().join(", ")
}
