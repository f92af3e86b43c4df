//! Where a request is passed on to.

use std::net::{IpAddr, SocketAddr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::registry::ListOptions;
use crate::request::RequestInfo;
use crate::selectors::LabelSelector;
use crate::server::Server;
use crate::status::{Result, Status};

/// Where kubelets listen that do not say where.
const KUBELET_PORT: u16 = 10250;
/// What may stand in a query as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// How the far side is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A kubelet, over TLS.
    Kubelet(SocketAddr),
    /// A port of a pod.
    Plain(SocketAddr),
}

/// Where a request goes, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The far side.
    pub way: Way,
    /// Path and query there.
    pub path_and_query: String,
    /// Whether it makes sense only as a stream.
    pub needs_upgrade: bool,
}

impl Target {
    /// The target of a request.
    ///
    /// # Errors
    /// `NotFound`, or `BadRequest` with what the request lacks.
    pub fn of(server: &Server, info: &RequestInfo) -> Result<Self> {
        match (info.resource.as_str(), info.subresource.as_str()) {
            ("pods", "proxy") => pod_proxy(server, info),
            ("services", "proxy") => service_proxy(server, info),
            ("nodes", "proxy") => {
                let (_, name, _) = split_name(&info.name);
                let way = Way::Kubelet(kubelet(server, name)?);
                let path = format!("/{}", info.rest);
                Ok(Self { way, path_and_query: with_query(&path, info, &[]), needs_upgrade: false })
            }
            _ => in_pod(server, info),
        }
    }
}

/// Logs, exec, attach and port-forward: the kubelet of the pod's node.
fn in_pod(server: &Server, info: &RequestInfo) -> Result<Target> {
    let pod = find(server, "pods", Some(&info.namespace), &info.name)?;
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let forward = info.subresource == "portforward";
    let container = if forward { String::new() } else { container(&pod, info)? };
    if node.is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", info.name)));
    }
    let way = Way::Kubelet(kubelet(server, node)?);
    let (namespace, name) = (&info.namespace, &info.name);
    let (path, renamed): (String, &[(&str, &str)]) = match info.subresource.as_str() {
        "log" => (format!("/containerLogs/{namespace}/{name}/{container}"), &[]),
        "portforward" => (format!("/portForward/{namespace}/{name}"), &[]),
        other => {
            // The kubelet's names of the streams are not the API's.
            let streams = &[("stdin", "input"), ("stdout", "output"), ("stderr", "error")];
            (format!("/{other}/{namespace}/{name}/{container}"), streams)
        }
    };
    let path_and_query = with_query(&path, info, renamed);
    Ok(Target { way, path_and_query, needs_upgrade: info.subresource != "log" })
}

/// The container that is meant: the one that is named, or the only one.
fn container(pod: &Value, info: &RequestInfo) -> Result<String> {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let names = |list: &str| -> Vec<String> {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    };
    let pod_name = &info.name;
    match info.param("container").unwrap_or_default() {
        "" => match names("containers").as_slice() {
            [only] => Ok(only.clone()),
            several => Err(Status::bad_request(format!(
                "a container name must be specified for pod {pod_name}, choose one of: [{}]",
                several.join(" ")
            ))),
        },
        name if lists.iter().any(|list| names(list).iter().any(|one| one == name)) => Ok(name.to_owned()),
        name => Err(Status::bad_request(format!("container {name} is not valid for pod {pod_name}"))),
    }
}

/// The address of a node's kubelet.
fn kubelet(server: &Server, node: &str) -> Result<SocketAddr> {
    let node = find(server, "nodes", None, node)?;
    let mut addresses = node["status"]["addresses"].as_array().into_iter().flatten();
    let address =
        addresses.find(|one| one["type"] == "InternalIP").and_then(|one| one["address"].as_str()?.parse().ok());
    let address: IpAddr = address.ok_or_else(|| {
        let name = node["metadata"]["name"].as_str().unwrap_or_default();
        Status::internal(format!("no preferred addresses found for node \"{name}\"; known addresses: []"))
    })?;
    let port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].as_u64();
    let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(KUBELET_PORT);
    Ok(SocketAddr::new(address, port))
}

fn pod_proxy(server: &Server, info: &RequestInfo) -> Result<Target> {
    let (scheme, name, port) = split_name(&info.name);
    refuse_tls(scheme)?;
    let pod = find(server, "pods", Some(&info.namespace), name)?;
    let address = pod["status"]["podIP"].as_str().and_then(|address| address.parse::<IpAddr>().ok());
    let address =
        address.ok_or_else(|| Status::bad_request(format!("address not allowed: pod {name} has no address yet")))?;
    let declared = pod["spec"]["containers"].as_array().into_iter().flatten();
    let mut declared = declared.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    let port = match port.parse::<u16>() {
        Ok(port) => port,
        Err(_) if port.is_empty() => declared.next().and_then(|port| port_of(&port["containerPort"])).unwrap_or(80),
        Err(_) => declared
            .find(|one| one["name"] == port)
            .and_then(|one| port_of(&one["containerPort"]))
            .ok_or_else(|| Status::bad_request(format!("pod {name} has no port {port}")))?,
    };
    Ok(proxied(SocketAddr::new(address, port), info))
}

fn service_proxy(server: &Server, info: &RequestInfo) -> Result<Target> {
    let (scheme, name, port) = split_name(&info.name);
    refuse_tls(scheme)?;
    let service = find(server, "services", Some(&info.namespace), name)?;
    let ports: Vec<&Value> = service["spec"]["ports"].as_array().into_iter().flatten().collect();
    let wanted = ports.iter().find(|one| match port.parse::<u64>() {
        Ok(number) => one["port"] == number,
        Err(_) => one["name"] == port || (port.is_empty() && ports.len() == 1),
    });
    let none = || Status::unavailable(format!("no endpoints available for service \"{name}\""));
    let port_name = wanted.map(|port| port["name"].as_str().unwrap_or_default()).ok_or_else(none)?;
    let slices = server.catalog.get("discovery.k8s.io", "v1", "endpointslices").ok_or_else(Status::no_such_path)?;
    let labels = LabelSelector::parse(&format!("kubernetes.io/service-name={name}"))?;
    let options = ListOptions { labels, ..ListOptions::default() };
    for stored in server.registry.list(&slices, Some(&info.namespace), &options)?.items {
        let slice = stored.parse()?;
        let mut ports = slice["ports"].as_array().into_iter().flatten();
        let port = ports.find(|one| one["name"].as_str().unwrap_or_default() == port_name);
        let Some(port) = port.and_then(|one| port_of(&one["port"])) else { continue };
        let ready = |one: &&Value| one["conditions"]["ready"] != false;
        let mut endpoints = slice["endpoints"].as_array().into_iter().flatten().filter(ready);
        let address = endpoints.find_map(|one| one["addresses"][0].as_str()?.parse::<IpAddr>().ok());
        if let Some(address) = address {
            return Ok(proxied(SocketAddr::new(address, port), info));
        }
    }
    Err(none())
}

fn proxied(address: SocketAddr, info: &RequestInfo) -> Target {
    let path = format!("/{}", info.rest);
    Target { way: Way::Plain(address), path_and_query: with_query(&path, info, &[]), needs_upgrade: false }
}

fn refuse_tls(scheme: &str) -> Result<()> {
    if scheme == "https" {
        return Err(Status::bad_request("https targets are not proxied yet: name the target without https:"));
    }
    Ok(())
}

/// `[scheme:]name[:port]`.
fn split_name(name: &str) -> (&str, &str, &str) {
    match name.split(':').collect::<Vec<_>>().as_slice() {
        [scheme, name, port] => (scheme, name, port),
        [name, port] => ("", name, port),
        _ => ("", name, ""),
    }
}

fn port_of(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

fn find(server: &Server, plural: &str, namespace: Option<&str>, name: &str) -> Result<Value> {
    let resource = server.catalog.get("", "v1", plural).ok_or_else(Status::no_such_path)?;
    server.registry.get_value(&resource, namespace, name)
}

/// A path with the request's query, some of its parameters renamed.
fn with_query(path: &str, info: &RequestInfo, renamed: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let pairs = info.pairs().filter(|(name, _)| *name != "container").map(|(name, value)| {
        let new = renamed.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new);
        // The kubelet takes `1` for true where the API takes words.
        let value = if new != name && value == "true" { "1" } else { value };
        format!("{}={}", encode(new), encode(value))
    });
    let query: Vec<String> = pairs.collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_a_scheme_and_a_port() {
        assert_eq!(split_name("web"), ("", "web", ""));
        assert_eq!(split_name("web:80"), ("", "web", "80"));
        assert_eq!(split_name("https:web:443"), ("https", "web", "443"));
    }

    #[test]
    fn queries_are_passed_on_in_the_kubelets_words() {
        let info = RequestInfo::parse(
            &http::Method::POST,
            "/api/v1/namespaces/a/pods/p/exec",
            Some("container=c&command=sh&command=-c&command=echo+%26&stdin=true&tty=true"),
        );
        let streams = &[("stdin", "input"), ("stdout", "output")];
        assert_eq!(
            with_query("/exec/a/p/c", &info, streams),
            "/exec/a/p/c?command=sh&command=-c&command=echo%20%26&input=1&tty=true"
        );
    }
}
