//! Why an object could not be read or written.

/// Why an object could not be read or written over the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table has no such kind, so protobuf cannot carry it.
    #[error("no kind \"{kind}\" is registered for version \"{api_version}\"; use JSON for kinds that are not built in")]
    UnknownKind {
        /// `group/version`, or `version` in the core group.
        api_version: String,
        /// The kind.
        kind: String,
    },
    /// A value is not of its field's type.
    #[error("json: cannot unmarshal {found} into {} of type {expected}", describe(.structure, .path))]
    Mismatch {
        /// The Go struct that has the field; empty for the object itself.
        structure: String,
        /// The field's path from the object, without list positions: `spec.containers.image`.
        path: String,
        /// What was found: `string`, `number 1.5`, `object`, …
        found: String,
        /// The type that was expected, as Go names it.
        expected: String,
    },
    /// A value is of its field's type but says nothing that can be read, such as a time that is none.
    #[error("{message}")]
    Invalid {
        /// The field's path.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The body is not Kubernetes' protobuf: it lacks the prefix `k8s\0`.
    #[error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")]
    NotEnveloped,
    /// The protobuf bytes are cut off or contradict the table.
    #[error("protobuf: {what} in {message}; send what the kind's .proto file describes")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// The message's type.
        message: String,
    },
    /// The value is nested deeper than [`crate::MAX_DEPTH`].
    #[error("exceeded max depth: no value may be nested deeper than {}", crate::MAX_DEPTH)]
    TooDeep,
    /// The value would need more memory than its encoding warrants.
    #[error("the object has more fields than an object of its encoded size may have")]
    TooLarge,
}

fn describe(structure: &str, path: &str) -> String {
    if structure.is_empty() { "Go value".to_owned() } else { format!("Go struct field {structure}.{path}") }
}

impl Error {
    /// The same error, seen from one level above: `name` is the field of `structure` that led to it.
    pub(crate) fn within(self, name: &str, owner: &str) -> Error {
        let join = |path: String| if path.is_empty() { name.to_owned() } else { format!("{name}.{path}") };
        match self {
            Error::Mismatch { structure, path, found, expected } => Error::Mismatch {
                structure: if structure.is_empty() { owner.to_owned() } else { structure },
                path: join(path),
                found,
                expected,
            },
            Error::Invalid { path, message } => Error::Invalid { path: join(path), message },
            other => other,
        }
    }
}
