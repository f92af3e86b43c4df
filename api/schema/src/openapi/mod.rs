//! OpenAPI documents of the kinds that are served, made on demand: nothing of them stays in memory.
//!
//! Built-in kinds come from the table and the descriptions beside it; custom ones bring their schema. A document is written as
//! text at once, without a tree of values in between, since the largest has a megabyte.

mod custom;
mod descriptions;
mod json;
mod operations;
mod schemas;

use aws_lc_rs::digest;
use serde_json::Value;

use json::Json;

/// Which version of OpenAPI a document is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V2,
    V3,
}

impl Version {
    fn reference(self, definition: &str) -> String {
        match self {
            Version::V2 => format!("#/definitions/{definition}"),
            Version::V3 => format!("#/components/schemas/{definition}"),
        }
    }
}

/// A group version that is served.
#[derive(Debug, Clone, Copy)]
pub struct ServedVersion<'a> {
    /// The group; empty for the core group.
    pub group: &'a str,
    /// The version.
    pub version: &'a str,
    /// Its resources.
    pub resources: &'a [ServedResource<'a>],
}

/// A resource that is served.
#[derive(Debug, Clone, Copy)]
pub struct ServedResource<'a> {
    /// The name in paths: `deployments`.
    pub plural: &'a str,
    /// The kind of its objects.
    pub kind: &'a str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done with it: `create`, `delete`, `deletecollection`, `get`, `list`, `patch`, `update`, `watch`.
    pub verbs: &'a [&'a str],
    /// Its subresources.
    pub subresources: &'a [ServedSubresource<'a>],
    /// For a custom resource, the version's `openAPIV3Schema`.
    pub schema: Option<&'a Value>,
}

/// A subresource that is served.
#[derive(Debug, Clone, Copy)]
pub struct ServedSubresource<'a> {
    /// Its name in paths: `status`.
    pub name: &'a str,
    /// The group of its kind, which need not be the resource's.
    pub group: &'a str,
    /// The version of its kind.
    pub version: &'a str,
    /// The kind that is read or written there.
    pub kind: &'a str,
    /// What can be done with it: `create`, `get`, `patch`, `update`.
    pub verbs: &'a [&'a str],
}

impl ServedVersion<'_> {
    /// `/apis/apps/v1`, or `/api/v1` in the core group.
    fn root(&self) -> String {
        if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        }
    }

    /// What the group is called in tags and operation ids: `core`, `apps`, `rbacAuthorization`.
    fn tag(&self) -> String {
        if self.group.is_empty() {
            return "core".to_owned();
        }
        let mut parts = self.group.trim_end_matches(".k8s.io").split('.');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |tag, part| tag + &capital(part))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The body of `/openapi/v3`: where each group version's document is, with a hash that changes when the document does.
pub fn openapi_v3_index(versions: &[ServedVersion<'_>]) -> Vec<u8> {
    let mut json = Json::default();
    json.object(|json| {
        json.key("paths").object(|json| {
            for version in versions {
                let root = version.root();
                let url = format!("/openapi/v3{root}?hash={}", openapi_v3_hash(version));
                json.key(root.trim_start_matches('/')).object(|json| json.key("serverRelativeURL").string(&url));
            }
        });
    });
    json.finish()
}

/// The hash of a group version's document, in upper-case hexadecimal. It is made from what the document is made from.
pub fn openapi_v3_hash(version: &ServedVersion<'_>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(crate::builtin::digest());
    context.update(format!("{version:?}").as_bytes());
    context.finish().as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A group version's OpenAPI 3.0 document, as JSON.
pub fn openapi_v3(version: &ServedVersion<'_>) -> Vec<u8> {
    let mut json = Json::default();
    json.object(|json| {
        json.key("openapi").string("3.0.0");
        information(json);
        json.key("paths").object(|json| operations::paths(json, Version::V3, version));
        json.key("components").object(|json| {
            json.key("schemas").object(|json| schemas::schemas(json, Version::V3, &[*version]));
            json.key("securitySchemes").raw(
                r#"{"BearerToken":{"type":"apiKey","description":"Bearer Token authentication","name":"authorization","in":"header"}}"#,
            );
        });
    });
    json.finish()
}

/// The OpenAPI 2.0 document of everything that is served, as JSON.
pub fn openapi_v2(versions: &[ServedVersion<'_>]) -> Vec<u8> {
    let mut json = Json::default();
    json.object(|json| {
        json.key("swagger").string("2.0");
        information(json);
        json.key("paths").object(|json| {
            for version in versions {
                operations::paths(json, Version::V2, version);
            }
        });
        json.key("definitions").object(|json| schemas::schemas(json, Version::V2, versions));
        json.key("securityDefinitions").raw(
            r#"{"BearerToken":{"type":"apiKey","description":"Bearer Token authentication","name":"authorization","in":"header"}}"#,
        );
        json.key("security").raw(r#"[{"BearerToken":[]}]"#);
    });
    json.finish()
}

fn information(json: &mut Json) {
    json.key("info").raw(r#"{"title":"Kubernetes","version":"v1.36.0"}"#);
}

#[cfg(test)]
mod tests;
