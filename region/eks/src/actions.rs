//! The API's actions: routes by method and path, a file a resource.

mod access_entries;
mod clusters;
mod lists;
mod tags;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use reks_iam::Caller;
use reks_objects::Objects;
use reks_wire::Error;
use serde_json::Value;

use crate::Region;
use crate::objects::Cluster;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A request, verified and read.
#[derive(Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path, still encoded.
    pub path: String,
    /// Its query's pairs.
    pub query: Vec<(String, String)>,
    /// Its body; null where there is none.
    pub body: Value,
}

pub(crate) struct Call<'a> {
    pub region: &'a Region,
    pub objects: &'a Objects,
    pub caller: &'a Caller,
    pub request: &'a Request,
}

/// Answers a request to EKS.
///
/// # Errors
/// What the client is told.
pub async fn eks(region: &Region, objects: &Objects, caller: &Caller, request: &Request) -> Result<Value> {
    let call = Call { region, objects, caller, request };
    let parts: Vec<String> = request
        .path
        .trim_matches('/')
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["clusters"]) => clusters::create(&call).await,
        ("GET", ["clusters"]) => clusters::list(&call).await,
        ("GET", ["clusters", name]) => clusters::describe(&call, name).await,
        ("DELETE", ["clusters", name]) => clusters::delete(&call, name).await,
        ("POST", ["clusters", name, "access-entries"]) => access_entries::create(&call, name).await,
        ("GET", ["clusters", name, "access-entries"]) => access_entries::list(&call, name).await,
        ("GET", ["clusters", name, "access-entries", principal]) => {
            access_entries::describe(&call, name, principal).await
        }
        ("POST", ["clusters", name, "access-entries", principal]) => {
            access_entries::update(&call, name, principal).await
        }
        ("DELETE", ["clusters", name, "access-entries", principal]) => {
            access_entries::delete(&call, name, principal).await
        }
        ("POST", ["clusters", name, "access-entries", principal, "access-policies"]) => {
            access_entries::associate(&call, name, principal).await
        }
        ("GET", ["clusters", name, "access-entries", principal, "access-policies"]) => {
            access_entries::list_policies(&call, name, principal).await
        }
        ("DELETE", ["clusters", name, "access-entries", principal, "access-policies", policy]) => {
            access_entries::disassociate(&call, name, principal, policy).await
        }
        ("GET", ["access-policies"]) => Ok(access_entries::all_policies()),
        ("GET", ["clusters", name, kind]) => lists::empty(&call, name, kind).await,
        ("GET", ["cluster-versions"]) => Ok(lists::versions()),
        ("POST", ["tags", arn]) => tags::add(&call, arn).await,
        ("DELETE", ["tags", arn]) => tags::remove(&call, arn).await,
        ("GET", ["tags", arn]) => tags::list(&call, arn).await,
        _ => Err(Error::client(
            "UnknownOperationException",
            format!(
                "{} {} is not an operation that this region's EKS has: its README says which it has",
                request.method, request.path
            ),
        )
        .with_status(StatusCode::NOT_FOUND)),
    }
}

impl Call<'_> {
    fn param(&self, name: &str) -> Option<&str> {
        self.request.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    async fn cluster(&self, name: &str) -> Result<Cluster> {
        let found = self.objects.get::<Cluster>(name).await.map_err(Error::internal)?;
        found.ok_or_else(|| no_cluster(name))
    }

    /// The page that a request asks for of all names, and the token for the next one.
    fn page(&self, mut all: Vec<String>) -> Result<(Vec<String>, Option<String>)> {
        let most = match self.param("maxResults").map(str::parse::<usize>) {
            None => 100,
            Some(Ok(number)) if (1..=100).contains(&number) => number,
            Some(_) => return Err(invalid_parameter("maxResults must be a number from 1 to 100")),
        };
        all.sort();
        let start = self.param("nextToken").unwrap_or_default();
        let from = all.partition_point(|name| name.as_str() <= start);
        let page: Vec<String> = all[from..].iter().take(most).cloned().collect();
        let next = (all.len() - from > most).then(|| page.last().cloned()).flatten();
        Ok((page, next))
    }
}

pub(crate) fn no_cluster(name: &str) -> Error {
    Error::client("ResourceNotFoundException", format!("No cluster found for name: {name}."))
        .with_status(StatusCode::NOT_FOUND)
        .with("clusterName", name)
}

pub(crate) fn invalid_parameter(message: impl Into<String>) -> Error {
    Error::client("InvalidParameterException", message)
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

pub(crate) fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

pub(crate) fn tag_map(value: &Value) -> std::collections::BTreeMap<String, String> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
