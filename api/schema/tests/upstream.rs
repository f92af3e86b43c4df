#![allow(clippy::unwrap_used, reason = "tests")]
//! Against Kubernetes' own round-trip corpus, which holds every built-in kind with every field filled, as JSON and as protobuf.
//! It is not in this repository: `KUBERNETES=<checkout> cargo test -p reks-schema --test upstream -- --ignored`.

use std::path::PathBuf;

use reks_schema::{Table, decode_protobuf, encode_protobuf};
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
