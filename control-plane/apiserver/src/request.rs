//! What a request asks for, read from its method, path and query (`k8s.io/apiserver/pkg/endpoints/request`).

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

/// A request on a resource, or on another path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestInfo {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in lower case.
    pub verb: String,
    /// Whether the path names a resource.
    pub is_resource: bool,
    /// The whole path, decoded.
    pub path: String,
    /// API group; empty for core.
    pub group: String,
    /// API version.
    pub version: String,
    /// Namespace; empty where there is none.
    pub namespace: String,
    /// Resource in the plural.
    pub resource: String,
    /// Subresource; empty where there is none.
    pub subresource: String,
    /// Object's name; empty for collections.
    pub name: String,
    /// What follows the subresource in the path (`proxy/<rest>`).
    pub rest: String,
    /// Query parameters; of repeated ones the first (see [`RequestInfo::all`] for the others).
    query: Vec<(String, String)>,
}

impl RequestInfo {
    /// Reads a request line.
    #[must_use]
    pub fn parse(method: &Method, path: &str, query: Option<&str>) -> Self {
        let mut info = Self {
            path: decode(path).into_owned(),
            verb: method.as_str().to_ascii_lowercase(),
            query: parse_query(query.unwrap_or_default()),
            ..Self::default()
        };
        let parts: Vec<String> = path.trim_matches('/').split('/').map(|part| decode(part).into_owned()).collect();
        let rest = match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["api", version, rest @ ..] if !rest.is_empty() => {
                info.version = (*version).to_owned();
                rest.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()
            }
            ["apis", group, version, rest @ ..] if !rest.is_empty() => {
                info.group = (*group).to_owned();
                info.version = (*version).to_owned();
                rest.iter().map(|part| (*part).to_owned()).collect()
            }
            _ => return info,
        };
        info.read_resource(&rest, method);
        info
    }

    fn read_resource(&mut self, parts: &[String], method: &Method) {
        self.is_resource = true;
        let mut parts = parts;
        // The old form `/api/v1/watch/pods` is a watch.
        let old_watch = parts.len() > 1 && parts[0] == "watch";
        if old_watch {
            parts = &parts[1..];
        }
        if parts[0] == "namespaces" && parts.len() > 1 {
            self.namespace.clone_from(&parts[1]);
            // `namespaces/x`, `namespaces/x/status` and `namespaces/x/finalize` are about the namespace itself.
            if parts.len() > 2 && !matches!(parts[2].as_str(), "status" | "finalize") {
                parts = &parts[2..];
            }
        }
        self.resource.clone_from(&parts[0]);
        self.name = parts.get(1).cloned().unwrap_or_default();
        self.subresource = parts.get(2).cloned().unwrap_or_default();
        self.rest = parts.get(3..).map(|rest| rest.join("/")).unwrap_or_default();
        let watching = old_watch || matches!(self.param("watch"), Some("true" | "1" | ""));
        self.verb = match (method.as_str(), self.name.is_empty()) {
            ("GET" | "HEAD", false) if !old_watch => "get",
            ("GET" | "HEAD", _) if watching => "watch",
            ("GET" | "HEAD", _) => "list",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", false) => "delete",
            ("DELETE", true) => "deletecollection",
            _ => return,
        }
        .to_owned();
        // A list or watch of one object by a field selector is authorized by that object's name.
        if self.name.is_empty()
            && matches!(self.verb.as_str(), "list" | "watch" | "deletecollection")
            && let Some(name) = self.param("fieldSelector").and_then(single_name)
        {
            self.name = name;
        }
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every query parameter, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Every value of a query parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a boolean parameter is set to true.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.param(name), Some("true" | "1"))
    }

    /// The namespace, if there is one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty())
    }
}

fn single_name(selector: &str) -> Option<String> {
    let name = selector.strip_prefix("metadata.name=")?;
    let name = name.strip_prefix('=').unwrap_or(name);
    (!name.is_empty() && !name.contains([',', '=', '!'])).then(|| name.to_owned())
}

fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

fn parse_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| decode(&text.replace('+', " ")).into_owned();
            (plain(key), plain(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_upstream_reads_them() {
        let check = |method: &str, target: &str, expected: [&str; 7]| {
            let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
            let info = RequestInfo::parse(&method.parse().unwrap(), path, query);
            let got = [
                &info.verb,
                &info.group,
                &info.version,
                &info.namespace,
                &info.resource,
                &info.name,
                &info.subresource,
            ];
            assert_eq!(got, expected, "{method} {target}");
        };
        check("GET", "/api/v1/pods", ["list", "", "v1", "", "pods", "", ""]);
        check("GET", "/api/v1/pods?watch=true", ["watch", "", "v1", "", "pods", "", ""]);
        check("GET", "/api/v1/watch/namespaces/a/pods", ["watch", "", "v1", "a", "pods", "", ""]);
        check("GET", "/api/v1/namespaces/a/pods/b", ["get", "", "v1", "a", "pods", "b", ""]);
        check("POST", "/api/v1/namespaces/a/pods/b/binding", ["create", "", "v1", "a", "pods", "b", "binding"]);
        check("GET", "/api/v1/namespaces/a", ["get", "", "v1", "a", "namespaces", "a", ""]);
        check("PUT", "/api/v1/namespaces/a/finalize", ["update", "", "v1", "a", "namespaces", "a", "finalize"]);
        check(
            "DELETE",
            "/apis/apps/v1/namespaces/a/deployments",
            ["deletecollection", "apps", "v1", "a", "deployments", "", ""],
        );
        check(
            "GET",
            "/api/v1/nodes?fieldSelector=metadata.name%3Dn1&watch=1",
            ["watch", "", "v1", "", "nodes", "n1", ""],
        );
        check("GET", "/healthz", ["get", "", "", "", "", "", ""]);
        check("GET", "/apis/apps/v1", ["get", "", "", "", "", "", ""]);
    }
}
