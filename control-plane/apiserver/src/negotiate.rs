//! How the client wants its answer: format, and shape (`Accept`, Kubernetes API concepts, "Resource representations").

use http::HeaderMap;
use http::header::ACCEPT;

use crate::status::{Result, Status};

/// Encoding of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `application/yaml`.
    Yaml,
    /// `application/vnd.kubernetes.protobuf`.
    Protobuf,
}

impl Format {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
            Self::Protobuf => "application/vnd.kubernetes.protobuf",
        }
    }
}

/// What is shown of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All.
    Object,
    /// A `meta.k8s.io/v1` Table.
    Table,
    /// The metadata alone.
    Metadata,
}

/// Format and shape of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Encoding.
    pub format: Format,
    /// What is shown.
    pub shape: Shape,
}

impl View {
    /// Whole objects as JSON.
    pub const JSON: Self = Self { format: Format::Json, shape: Shape::Object };

    /// Chooses the first acceptable of what the client lists.
    ///
    /// # Errors
    /// `NotAcceptable` when nothing that it lists can be made.
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let mut listed = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if listed.peek().is_none() {
            return Ok(Self::JSON);
        }
        let found = listed.flat_map(|value| value.split(',')).find_map(|clause| Self::of_clause(clause.trim()));
        found.ok_or_else(|| {
            Status::new(
                http::StatusCode::NOT_ACCEPTABLE,
                "NotAcceptable",
                "only the following media types are accepted: application/json, application/yaml, \
                 application/vnd.kubernetes.protobuf",
            )
        })
    }

    fn of_clause(clause: &str) -> Option<Self> {
        let mut parts = clause.split(';').map(str::trim);
        let format = match parts.next()? {
            "" | "*/*" | "application/*" | "application/json" => Format::Json,
            "application/yaml" => Format::Yaml,
            "application/vnd.kubernetes.protobuf" => Format::Protobuf,
            _ => return None,
        };
        let mut shape = Shape::Object;
        for parameter in parts {
            match parameter.split_once('=')? {
                ("as", "Table") => shape = Shape::Table,
                ("as", "PartialObjectMetadata" | "PartialObjectMetadataList") => shape = Shape::Metadata,
                ("as", _) => return None,
                ("g", group) if group != "meta.k8s.io" => return None,
                ("v", version) if version != "v1" => return None,
                _ => {}
            }
        }
        // Tables are for people: JSON and YAML alone.
        (shape != Shape::Table || format != Format::Protobuf).then_some(Self { format, shape })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_acceptable_clause_counts() {
        let check = |accept: &str, expected: Option<(Format, Shape)>| {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            let view = View::of(&headers).ok().map(|view| (view.format, view.shape));
            assert_eq!(view, expected, "{accept}");
        };
        check("application/json", Some((Format::Json, Shape::Object)));
        check("*/*", Some((Format::Json, Shape::Object)));
        check(
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
            Some((Format::Json, Shape::Table)),
        );
        check(
            "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
            Some((Format::Json, Shape::Object)),
        );
        check(
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
            Some((Format::Protobuf, Shape::Metadata)),
        );
        check("application/vnd.kubernetes.protobuf, application/json", Some((Format::Protobuf, Shape::Object)));
        check("text/html", None);
    }
}
