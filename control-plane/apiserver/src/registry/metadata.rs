//! The parts of `metadata` that the system sets, and what names may be (Kubernetes API conventions, "Metadata").

use reks_kinds::{FieldError, Kind, NameRule, Reason};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Environment;
use crate::status::{Result, Status};

/// Letters of generated names: none that look alike, and no vowels, so that no word is spelled by accident.
const GENERATED: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Length of the random end of a generated name.
const GENERATED_LENGTH: usize = 5;
/// The longest base that a generated name keeps, so that the whole is a label.
const GENERATED_BASE: usize = 63 - GENERATED_LENGTH;

/// The metadata of an object, as a map.
pub fn of(object: &mut Value) -> Result<&mut Map<String, Value>> {
    let object = object.as_object_mut().ok_or_else(|| Status::bad_request("the body is not an object"))?;
    let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if metadata.is_null() {
        *metadata = Value::Object(Map::new());
    }
    metadata.as_object_mut().ok_or_else(|| Status::bad_request("metadata is not an object"))
}

/// `base` and five random characters.
pub fn generate_name(base: &str, uuid: Uuid) -> String {
    let mut name: String = base.chars().take(GENERATED_BASE).collect();
    name.extend(
        uuid.as_bytes()
            .iter()
            .take(GENERATED_LENGTH)
            .map(|byte| char::from(GENERATED[usize::from(*byte) % GENERATED.len()])),
    );
    name
}

/// Sets what the system sets at a creation. Returns whether the name was generated.
pub fn for_create(kind: &Kind, namespace: Option<&str>, object: &mut Value, environment: Environment) -> Result<bool> {
    let uuid = (environment.uuid)();
    let metadata = of(object)?;
    for field in ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "uid", "generation"]
    {
        metadata.remove(field);
    }
    match (namespace, metadata.get("namespace").and_then(Value::as_str).unwrap_or_default()) {
        (Some(namespace), "") => {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        (Some(namespace), stated) if namespace != stated => {
            return Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        (None, stated) if !stated.is_empty() => {
            return Err(Status::bad_request("namespace is not allowed on this type: the resource is not namespaced"));
        }
        _ => {}
    }
    let text = |field: &str| metadata.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, base) = (text("name"), text("generateName"));
    let generated = name.is_empty() && !base.is_empty();
    if generated {
        metadata.insert("name".to_owned(), generate_name(&base, uuid).into());
    }
    metadata.insert("uid".to_owned(), (environment.uuid)().to_string().into());
    metadata.insert("creationTimestamp".to_owned(), environment.timestamp().into());
    if kind.generation {
        metadata.insert("generation".to_owned(), 1.into());
    }
    Ok(generated)
}

/// Keeps over an update what only the system changes.
pub fn for_update(new: &mut Value, old: &Value) -> Result<()> {
    let metadata = of(new)?;
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
        "name",
        "namespace",
    ] {
        match &old["metadata"][field] {
            Value::Null => metadata.remove(field),
            value => metadata.insert(field.to_owned(), value.clone()),
        };
    }
    metadata.remove("selfLink");
    Ok(())
}

/// What is wrong with an object's name.
pub fn name_errors(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let name = super::name_of(object);
    let invalid =
        |message: String| vec![FieldError { field: "metadata.name".to_owned(), reason: Reason::Invalid, message }];
    if name.is_empty() {
        let message = "Required value: name or generateName is required".to_owned();
        return vec![FieldError { field: "metadata.name".to_owned(), reason: Reason::Required, message }];
    }
    let problem = match kind.name_rule {
        NameRule::Subdomain => subdomain_problem(name),
        NameRule::Label => label_problem(name),
        NameRule::Label1035 => label_1035_problem(name),
        NameRule::PathSegment => path_segment_problem(name),
    };
    problem.map_or_else(Vec::new, |problem| invalid(format!("Invalid value: \"{name}\": {problem}")))
}

fn label_characters(name: &str) -> bool {
    let edge = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let bytes = name.as_bytes();
    edge(bytes.first().copied())
        && edge(bytes.last().copied())
        && bytes.iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == b'-')
}

fn subdomain_problem(name: &str) -> Option<String> {
    if name.len() > 253 {
        return Some("must be no more than 253 characters".to_owned());
    }
    (!name.split('.').all(label_characters)).then(|| {
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
         start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            .to_owned()
    })
}

fn label_problem(name: &str) -> Option<String> {
    if name.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    (!label_characters(name)).then(|| {
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
         end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            .to_owned()
    })
}

fn label_1035_problem(name: &str) -> Option<String> {
    if name.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    let ok = label_characters(name) && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    (!ok).then(|| {
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
         character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
         validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
            .to_owned()
    })
}

fn path_segment_problem(name: &str) -> Option<String> {
    match name {
        "." | ".." => Some(format!("may not be '{name}'")),
        _ if name.contains('/') => Some("may not contain '/'".to_owned()),
        _ if name.contains('%') => Some("may not contain '%'".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_by_their_rule() {
        let check = |problem: fn(&str) -> Option<String>, name: &str, fine: bool| {
            assert_eq!(problem(name).is_none(), fine, "{name}");
        };
        check(subdomain_problem, "a.b-c.1", true);
        check(subdomain_problem, "A", false);
        check(subdomain_problem, "a..b", false);
        check(subdomain_problem, "-a", false);
        check(label_problem, "a.b", false);
        check(label_1035_problem, "1a", false);
        check(label_1035_problem, "a1", true);
        check(path_segment_problem, "system:node", true);
        check(path_segment_problem, "a/b", false);
    }

    #[test]
    fn generated_names_are_labels() {
        let name = generate_name(&"a".repeat(80), Uuid::from_u128(7));
        assert_eq!(name.len(), 63);
        assert!(label_characters(&name));
    }
}
