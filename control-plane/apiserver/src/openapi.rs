//! The OpenAPI documents, made when they are asked for and not kept: a client keeps them by their hash.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, VARY};
use http::{HeaderMap, Response, StatusCode};
use reks_kinds::Kind;
use reks_schema::{ServedResource, ServedSubresource, ServedVersion};

use crate::body::Body;
use crate::catalog::Catalog;
use crate::discovery;
use crate::status::{Result, Status};

/// Answers `/openapi/v2`, `/openapi/v3` and what is below it.
///
/// # Errors
/// `NotFound` for a group version that is not served, `NotAcceptable` for an encoding that is not made.
pub fn serve(catalog: &Catalog, parts: &[&str], headers: &HeaderMap, hash: Option<&str>) -> Result<Response<Body>> {
    let served = Served::of(catalog);
    match parts {
        ["v2"] => {
            refuse_protobuf_alone(headers)?;
            Ok(json(served.with(reks_schema::openapi_v2)))
        }
        ["v3"] => Ok(json(served.with(reks_schema::openapi_v3_index))),
        ["v3", "api", version] => document(&served, "", version, headers, hash),
        ["v3", "apis", group, version] => document(&served, group, version, headers, hash),
        _ => Err(Status::no_such_path()),
    }
}

fn document(
    served: &Served<'_>,
    group: &str,
    version: &str,
    headers: &HeaderMap,
    hash: Option<&str>,
) -> Result<Response<Body>> {
    served.with(|versions| {
        let found = versions.iter().find(|one| one.group == group && one.version == version);
        let found = found.ok_or_else(Status::no_such_path)?;
        let own = reks_schema::openapi_v3_hash(found);
        let etag = format!("\"{own}\"");
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let mut response = if known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag)) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            json(reks_schema::openapi_v3(found))
        };
        let put = |headers: &mut HeaderMap, name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        put(response.headers_mut(), ETAG, &etag);
        put(response.headers_mut(), VARY, "Accept");
        // What was asked for by its hash never changes.
        if hash.is_some_and(|hash| hash == own) {
            put(response.headers_mut(), CACHE_CONTROL, "public, immutable");
        }
        Ok(response)
    })
}

/// Old clients ask for version 2 as protobuf, and take JSON when they are told that there is none.
fn refuse_protobuf_alone(headers: &HeaderMap) -> Result<()> {
    let accept = headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    if accept.contains("json") || accept.contains("*/*") {
        return Ok(());
    }
    let message = "only the following media types are accepted: application/json";
    Err(Status::new(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message))
}

fn json(bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A kind with its subresources.
type Row<'a> = (&'a Kind, Vec<ServedSubresource<'a>>);

/// What is served, in the schema's words: group, version, kinds.
struct Served<'a> {
    versions: Vec<(&'a str, &'a str, Vec<Row<'a>>)>,
}

impl<'a> Served<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let mut versions: Vec<(&str, &str, Vec<Row<'_>>)> = Vec::new();
        for kind in catalog.iter().map(|resource| resource.kind) {
            let subresources = discovery::subresources(kind)
                .map(|sub| {
                    let (group, version, kind) = sub.kind;
                    ServedSubresource { name: sub.name, group, version, kind, verbs: sub.verbs }
                })
                .collect();
            match versions.iter_mut().find(|(group, version, _)| (*group, *version) == (kind.group, kind.version)) {
                Some((.., kinds)) => kinds.push((kind, subresources)),
                None => versions.push((kind.group, kind.version, vec![(kind, subresources)])),
            }
        }
        Self { versions }
    }

    fn with<T>(&self, make: impl FnOnce(&[ServedVersion<'_>]) -> T) -> T {
        let resources: Vec<Vec<ServedResource<'_>>> = self
            .versions
            .iter()
            .map(|(.., kinds)| {
                let resources = kinds.iter().map(|(kind, subresources)| ServedResource {
                    plural: kind.plural,
                    kind: kind.kind,
                    namespaced: kind.namespaced,
                    verbs: kind.verbs,
                    subresources,
                    schema: None,
                });
                resources.collect()
            })
            .collect();
        let versions: Vec<ServedVersion<'_>> = self
            .versions
            .iter()
            .zip(&resources)
            .map(|((group, version, _), resources)| ServedVersion { group, version, resources })
            .collect();
        make(&versions)
    }
}
