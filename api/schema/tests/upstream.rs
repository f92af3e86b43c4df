#![allow(clippy::unwrap_used, reason = "tests")]
//! Against Kubernetes' own round-trip corpus, which holds every built-in kind with every field filled, as JSON and as protobuf.
//! It is not in this repository: `KUBERNETES=<checkout> cargo test -p reks-schema --test upstream -- --ignored`.

use std::path::PathBuf;

use reks_schema::{
    ServedResource, ServedVersion, Table, canonicalise, decode_protobuf, encode_protobuf, openapi_v3, unknown_fields,
};
use serde_json::Value;

struct Sample {
    file: String,
    json: Value,
    protobuf: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let checkout = std::env::var_os("KUBERNETES").expect("set KUBERNETES to a checkout of Kubernetes");
    let folder = PathBuf::from(checkout).join("staging/src/k8s.io/api/testdata/HEAD");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let (Some(api_version), Some(kind)) = (json["apiVersion"].as_str(), json["kind"].as_str()) else {
                continue;
            };
            // Versions that 1.36 no longer serves are in the corpus too.
            if Table::builtin().kind_of(api_version, kind).is_none() {
                continue;
            }
            let Ok(protobuf) = std::fs::read(path.with_extension("pb")) else { continue };
            samples.push(Sample { file: path.file_stem().unwrap().to_string_lossy().into_owned(), json, protobuf });
        }
    }
    assert!(samples.len() > 100, "the corpus holds every kind");
    samples
}

/// Where two values first differ.
fn difference(a: &Value, b: &Value, path: &str) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.into_iter().find_map(|key| {
                difference(
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                    &format!("{path}.{key}"),
                )
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]")))
        }
        _ => (a != b).then(|| format!("{path}: {a} and {b}")),
    }
}

#[test]
#[ignore = "needs a checkout of Kubernetes"]
fn every_kind_encodes_as_upstream_does() {
    let samples = samples();
    let mut failures = Vec::new();
    for Sample { file, json, protobuf } in &samples {
        let (api_version, kind) = (json["apiVersion"].as_str().unwrap(), json["kind"].as_str().unwrap());
        match encode_protobuf(api_version, kind, json) {
            Err(error) => failures.push(format!("{file}: {error}")),
            Ok(encoded) if &encoded != protobuf => {
                let at = encoded.iter().zip(protobuf).take_while(|(a, b)| a == b).count();
                failures.push(format!(
                    "{file}: byte {at} of {}; {:?}",
                    protobuf.len(),
                    String::from_utf8_lossy(&protobuf[at.saturating_sub(30)..(at + 20).min(protobuf.len())])
                ));
            }
            Ok(_) => {}
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), samples.len(), failures.join("\n"));
}

#[test]
#[ignore = "needs a checkout of Kubernetes"]
fn every_kind_decodes_as_upstream_does() {
    let samples = samples();
    let mut failures = Vec::new();
    for Sample { file, json, protobuf } in &samples {
        match decode_protobuf(protobuf) {
            Err(error) => failures.push(format!("{file}: {error}")),
            Ok((.., decoded)) => failures.extend(difference(&decoded, json, file)),
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), samples.len(), failures.join("\n"));
}

#[test]
#[ignore = "needs a checkout of Kubernetes"]
fn what_upstream_prints_is_canonical() {
    let table = Table::builtin();
    let mut failures = Vec::new();
    for Sample { file, json, .. } in &samples() {
        let (api_version, kind) = (json["apiVersion"].as_str().unwrap(), json["kind"].as_str().unwrap());
        let ty = table.kind_of(api_version, kind).unwrap();
        failures
            .extend(unknown_fields(table, ty, json).into_iter().map(|field| format!("{file}: unknown field {field}")));
        let mut shown = json.clone();
        match canonicalise(table, ty, &mut shown) {
            Err(error) => failures.push(format!("{file}: {error}")),
            Ok(()) => failures.extend(difference(&shown, json, file)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A served version with a resource for every kind that has a list.
fn check_schemas(file: &str, version: &str, group: &str, failures: &mut Vec<String>) -> usize {
    let checkout = PathBuf::from(std::env::var_os("KUBERNETES").expect("set KUBERNETES to a checkout of Kubernetes"));
    let path = checkout.join("api/openapi-spec/v3").join(file);
    let upstream: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let kinds = Table::builtin().kinds().filter(|kind| (kind.0, kind.1) == (group, version));
    let resources: Vec<_> = kinds
        .filter(|(.., kind, _)| !kind.ends_with("List"))
        .map(|(.., kind, _)| ServedResource {
            plural: kind,
            kind,
            namespaced: true,
            verbs: &["get"],
            subresources: &[],
            schema: None,
        })
        .collect();
    let document = openapi_v3(&ServedVersion { group, version, resources: &resources });
    let document: Value = serde_json::from_slice(&document).unwrap();
    let mut compared = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut expected = upstream["components"]["schemas"][name].clone();
        if expected.is_null() {
            continue;
        }
        if name.ends_with("DeleteOptions") || name.ends_with("WatchEvent") {
            // Upstream's lists every group version of the whole server.
            expected["x-kubernetes-group-version-kind"] = schema["x-kubernetes-group-version-kind"].clone();
        }
        if let Some(object) = expected.as_object_mut() {
            object.remove("x-kubernetes-unions");
        }
        let mut schema = schema.clone();
        for required in [&mut schema["required"], &mut expected["required"]] {
            if let Some(names) = required.as_array_mut() {
                names.sort_by_key(ToString::to_string);
            }
        }
        compared += 1;
        failures.extend(difference(&schema, &expected, name));
    }
    compared
}

#[test]
#[ignore = "needs a checkout of Kubernetes"]
fn schemas_are_those_of_upstreams_documents() {
    let mut failures = Vec::new();
    let mut compared = check_schemas("api__v1_openapi.json", "v1", "", &mut failures);
    for group in
        ["apps", "batch", "autoscaling", "policy", "networking.k8s.io", "apiextensions.k8s.io", "storage.k8s.io"]
    {
        compared += check_schemas(&format!("apis__{group}__v1_openapi.json"), "v1", group, &mut failures);
    }
    assert!(compared > 300, "only {compared} schemas were compared");
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{} of {compared} differ:\n{}", failures.len(), failures.join("\n"));
}
