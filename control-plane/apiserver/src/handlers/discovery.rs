//! `/api` and `/apis`.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

use crate::body::Body;
use crate::discovery;
use crate::render::json_answer;
use crate::server::{Context, Server};
use crate::status::{Result, Status};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Answers with the plain document, or with the aggregated one where the client takes it.
///
/// # Errors
/// `NotFound` for a group or version that is not served.
pub fn serve(server: &Server, context: &Context, parts: &[&str]) -> Result<Response<Body>> {
    let catalog = &server.catalog;
    let document = match parts {
        [root @ ("api" | "apis")] if takes_aggregated(context) => {
            let document = discovery::aggregated(catalog, *root == "api");
            let mut response = json_answer(StatusCode::OK, &document);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
            return Ok(response);
        }
        ["api"] => Some(discovery::core_versions(&server.options.address)),
        ["apis"] => Some(discovery::group_list(catalog)),
        ["api", version] => discovery::resource_list(catalog, "", version),
        ["apis", group] => discovery::group(catalog, group),
        ["apis", group, version] => discovery::resource_list(catalog, group, version),
        _ => None,
    };
    Ok(json_answer(StatusCode::OK, &document.ok_or_else(Status::no_such_path)?))
}

fn takes_aggregated(context: &Context) -> bool {
    let accept = context.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let clauses = accept.flat_map(|value| value.split(','));
    clauses.into_iter().any(|clause| {
        let has = |word: &str| clause.split(';').any(|part| part.trim() == word);
        has("g=apidiscovery.k8s.io") && has("v=v2") && has("as=APIGroupDiscoveryList")
    })
}
