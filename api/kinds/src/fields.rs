//! Values that field selectors compare.

use serde_json::Value;

/// A field that a selector may name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its name in selectors.
    pub name: &'static str,
    /// Dotted path of its value.
    pub path: &'static str,
    /// What an object without the value compares as.
    pub unset: &'static str,
}

/// The names of a list of fields.
pub(crate) const fn names<const N: usize>(fields: &[Field; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = fields[index].name;
        index += 1;
    }
    names
}

/// The values of some fields of an object.
pub(crate) fn at(object: &Value, fields: &[Field]) -> Vec<(&'static str, String)> {
    let text = |field: &Field| match lookup(object, field.path) {
        Value::String(text) => text.clone(),
        Value::Null => field.unset.to_owned(),
        other => other.to_string(),
    };
    fields.iter().map(|field| (field.name, text(field))).collect()
}

/// The value at a dotted path; null where there is none.
pub(crate) fn lookup<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(object, |value, segment| &value[segment])
}
