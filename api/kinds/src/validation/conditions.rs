//! Rules of `metav1.Condition`s.

use std::collections::HashSet;

use super::{At, Errors, names};
use crate::FieldError;

const REASON_MOST_BYTES: usize = 1024;
const MESSAGE_MOST_BYTES: usize = 32 * 1024;

/// A list of conditions: each well-formed, no type twice.
pub(crate) fn conditions(conditions: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for condition in conditions.items() {
        let kind = condition.get("type");
        if !seen.insert(kind.text()) {
            errors.0.push(FieldError::duplicate(&kind.path, kind.value));
        }
        errors.rule(&kind, names::qualified);
        let status = condition.get("status");
        if !matches!(status.text(), "True" | "False" | "Unknown") {
            errors.not_supported(&status, &["False", "True", "Unknown"]);
        }
        if condition.get("observedGeneration").int().is_some_and(|generation| generation < 0) {
            errors.invalid(&condition.get("observedGeneration"), "must be greater than or equal to zero");
        }
        errors.require(&condition.get("lastTransitionTime"));
        let reason = condition.get("reason");
        if errors.require(&reason) {
            errors.rule(&reason, condition_reason);
            errors.too_long(&reason, REASON_MOST_BYTES);
        }
        errors.too_long(&condition.get("message"), MESSAGE_MOST_BYTES);
    }
}

fn condition_reason(text: &str) -> Vec<String> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b',' | b':');
    let fine = text.bytes().all(inner)
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if fine {
        return Vec::new();
    }
    vec![names::pattern(
        "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric \
         characters or '_,:', and must end with an alphanumeric character or '_'",
        "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?",
        &["my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"],
    )]
}
