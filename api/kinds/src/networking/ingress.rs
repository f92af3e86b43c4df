//! The row of Ingress.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns, pod_spec, strategy,
    validation::{At, Errors, names, net},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ing"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("Class", "Class of controllers that serve this ingress.", |object, _| {
            columns::text_or(&object["spec"]["ingressClassName"], "<none>")
        }),
        Column::string("Hosts", "Hosts that the rules match.", |object, _| hosts(object).into()),
        Column::string("Address", "Addresses of the load balancer.", |object, _| {
            columns::load_balancer(&object["status"]).into()
        }),
        Column::string("Ports", "Ports that are open.", |object, _| {
            if columns::items(&object["spec"]["tls"]).is_empty() { "80" } else { "80, 443" }.into()
        }),
        columns::AGE,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate_create: |object| Errors::of(object, validate_create),
    validate: |object| Errors::of(object, |object, errors| spec(&object.get("spec"), errors)),
    validate_status: |new, _| Errors::of(new, validate_status),
    ..Kind::new("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", true)
};

/// The first three hosts, and how many rules are beyond the third.
fn hosts(ingress: &Value) -> String {
    const SHOWN: usize = 3;
    let rules = columns::items(&ingress["spec"]["rules"]);
    let mut hosts = Vec::new();
    let mut more = false;
    for rule in rules {
        more |= hosts.len() == SHOWN;
        let host = columns::text(&rule["host"]);
        if !more && !host.is_empty() {
            hosts.push(host);
        }
    }
    let shown = hosts.join(",");
    match shown {
        _ if hosts.is_empty() => "*".to_owned(),
        _ if more => format!("{shown} + {} more...", rules.len() - SHOWN),
        _ => shown,
    }
}

/// The old way to name a class must agree with the new one.
fn validate_create(ingress: &At<'_>, errors: &mut Errors) {
    let old = ingress.get("metadata").get("annotations").key("kubernetes.io/ingress.class");
    let class = ingress.get("spec").get("ingressClassName");
    if old.is_set() && class.is_set() && old.value != class.value {
        let detail = "must match `ingressClassName` when both are specified";
        errors.invalid_value("annotations.kubernetes.io/ingress.class", old.text(), detail);
    }
}

fn spec(spec: &At<'_>, errors: &mut Errors) {
    let default = spec.get("defaultBackend");
    if spec.get("rules").is_empty() && !default.is_set() {
        errors.invalid_value(
            &spec.path,
            spec.value["rules"].clone(),
            "either `defaultBackend` or `rules` must be specified",
        );
    }
    if default.is_set() {
        backend(&default, errors);
    }
    for rule in spec.get("rules").items() {
        let host = rule.get("host");
        if !host.is_empty() {
            not_an_address(&host, errors);
            hostname(&host, errors);
        }
        let http = rule.get("http");
        if http.is_set() {
            errors.require(&http.get("paths"));
        }
        for path in http.get("paths").items() {
            http_path(&path, errors);
        }
    }
    for tls in spec.get("tls").items() {
        for host in tls.get("hosts").items() {
            hostname(&host, errors);
        }
        errors.rule_if_set(&tls.get("secretName"), names::subdomain);
    }
    let class = spec.get("ingressClassName");
    if class.is_set() {
        errors.rule(&class, names::subdomain);
    }
}

fn hostname(host: &At<'_>, errors: &mut Errors) {
    errors.rule(host, if host.text().contains('*') { names::wildcard_subdomain } else { names::subdomain });
}

fn not_an_address(host: &At<'_>, errors: &mut Errors) {
    if host.text().parse::<std::net::IpAddr>().is_ok() {
        errors.invalid(host, "must be a DNS name, not an IP address");
    }
}

fn http_path(path: &At<'_>, errors: &mut Errors) {
    const SEQUENCES: &[&str] = &["//", "/./", "/../", "%2f", "%2F"];
    const ENDS: &[&str] = &["/..", "/."];
    let (kind, text) = (path.get("pathType"), path.get("path"));
    if !kind.is_set() {
        return errors.required(&kind, "pathType must be specified");
    }
    let absolute = text.text().starts_with('/');
    match kind.text() {
        "Exact" | "Prefix" => {
            if !absolute {
                errors.invalid(&text, "must be an absolute path");
            }
            for sequence in SEQUENCES.iter().filter(|sequence| text.text().contains(**sequence)) {
                errors.invalid(&text, &format!("must not contain '{sequence}'"));
            }
            for end in ENDS.iter().filter(|end| text.text().ends_with(**end)) {
                errors.invalid(&text, &format!("cannot end with '{end}'"));
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !absolute {
                errors.invalid(&text, "must be an absolute path");
            }
        }
        _ => errors.not_supported(&kind, &["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(&path.get("backend"), errors);
}

fn backend(backend: &At<'_>, errors: &mut Errors) {
    let (resource, service) = (backend.get("resource"), backend.get("service"));
    match (resource.is_set(), service.is_set()) {
        (true, true) => errors.invalid_value(&backend.path, "", "cannot set both resource and service backends"),
        (false, false) => errors.invalid_value(&backend.path, "", "resource or service backend is required"),
        (true, false) => {
            if resource.get("apiGroup").is_set() {
                errors.rule(&resource.get("apiGroup"), names::subdomain);
            }
            for field in ["kind", "name"] {
                if errors.require(&resource.get(field)) {
                    errors.rule(&resource.get(field), names::path_segment);
                }
            }
        }
        (false, true) => {
            if errors.require(&service.get("name")) {
                errors.rule(&service.get("name"), names::label);
            }
            let port = service.get("port");
            let (name, number) = (port.get("name"), port.get("number"));
            match (!name.is_empty(), number.int().unwrap_or(0) != 0) {
                (true, true) => errors.invalid_value(&backend.path, "", "cannot set both port name & port number"),
                (false, false) => errors.required(backend, "port name or number is required"),
                (true, false) => pod_spec::probe_port(&name, errors),
                (false, true) => pod_spec::probe_port(&number, errors),
            }
        }
    }
}

fn validate_status(ingress: &At<'_>, errors: &mut Errors) {
    for point in ingress.get("status").get("loadBalancer").get("ingress").items() {
        if !point.get("ip").is_empty() {
            net::ip(&point.get("ip"), errors);
        }
        let name = point.get("hostname");
        errors.rule_if_set(&name, names::subdomain);
        not_an_address(&name, errors);
    }
}
