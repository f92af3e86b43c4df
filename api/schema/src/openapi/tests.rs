use serde_json::{Value, json};

use super::*;

const ALL: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const APPS: &[ServedResource<'_>] = &[ServedResource {
    plural: "deployments",
    kind: "Deployment",
    namespaced: true,
    verbs: ALL,
    subresources: &[
        ServedSubresource {
            name: "status",
            group: "apps",
            version: "v1",
            kind: "Deployment",
            verbs: &["get", "patch", "update"],
        },
        ServedSubresource {
            name: "scale",
            group: "autoscaling",
            version: "v1",
            kind: "Scale",
            verbs: &["get", "patch", "update"],
        },
    ],
    schema: None,
}];

fn apps() -> ServedVersion<'static> {
    ServedVersion { group: "apps", version: "v1", resources: APPS }
}

fn parsed(document: &[u8]) -> Value {
    serde_json::from_slice(document).unwrap()
}

/// Collects every reference of a document.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if let ("$ref", Value::String(reference)) = (name.as_str(), value) {
                    found.push(reference.clone());
                }
                references(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

fn check_references(document: &Value) {
    let mut found = Vec::new();
    references(document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference} refers to nothing");
    }
}

#[test]
fn the_index_names_each_document() {
    let index = parsed(&openapi_v3_index(&[apps(), ServedVersion { group: "", version: "v1", resources: &[] }]));
    let hash = openapi_v3_hash(&apps());
    assert_eq!(index["paths"]["apis/apps/v1"]["serverRelativeURL"], format!("/openapi/v3/apis/apps/v1?hash={hash}"));
    assert!(index["paths"]["api/v1"]["serverRelativeURL"].is_string());
    assert_ne!(hash, openapi_v3_hash(&ServedVersion { resources: &[], ..apps() }));
}

#[test]
fn a_document_describes_what_is_served() {
    let document = parsed(&openapi_v3(&apps()));
    check_references(&document);
    let patch = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    assert_eq!(patch["operationId"], "patchAppsV1NamespacedDeployment");
    assert_eq!(
        patch["x-kubernetes-group-version-kind"],
        json!({"group": "apps", "version": "v1", "kind": "Deployment"})
    );
    assert!(patch["parameters"].as_array().unwrap().iter().any(|parameter| parameter["name"] == "fieldValidation"));
    let scale = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]["get"];
    assert_eq!(scale["operationId"], "readAppsV1NamespacedDeploymentScale");
    let spec = &document["components"]["schemas"]["io.k8s.api.apps.v1.DeploymentSpec"];
    assert_eq!(spec["required"], json!(["selector", "template"]));
    assert!(spec["properties"]["replicas"]["description"].as_str().unwrap().starts_with("Number of desired pods."));
}

#[test]
fn version_2_has_everything_in_one() {
    let document = parsed(&openapi_v2(&[apps()]));
    check_references(&document);
    assert_eq!(document["definitions"]["io.k8s.api.apps.v1.Deployment"]["type"], "object");
    let post = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments"]["post"];
    assert_eq!(post["parameters"].as_array().unwrap().last().unwrap()["in"], "body");
}

#[test]
fn custom_kinds_bring_their_schema() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true},
        "nullable": {"type": "string", "nullable": true}}}}});
    let resources = [ServedResource {
        plural: "widgets",
        kind: "Widget",
        namespaced: false,
        verbs: ALL,
        subresources: &[],
        schema: Some(&schema),
    }];
    let served = ServedVersion { group: "example.com", version: "v1", resources: &resources };
    let document = parsed(&openapi_v3(&served));
    check_references(&document);
    let widget = &document["components"]["schemas"]["com.example.v1.Widget"];
    assert_eq!(widget["properties"]["spec"]["properties"]["nullable"]["nullable"], true);
    assert_eq!(widget["x-kubernetes-group-version-kind"][0]["kind"], "Widget");
    let patch = &document["paths"]["/apis/example.com/v1/widgets/{name}"]["patch"]["requestBody"]["content"];
    assert!(patch.get("application/merge-patch+json").is_some());
    assert!(patch.get("application/strategic-merge-patch+json").is_none(), "kubectl would send one");
    let document = parsed(&openapi_v2(&[served]));
    check_references(&document);
    let spec = &document["definitions"]["com.example.v1.Widget"]["properties"]["spec"]["properties"];
    assert_eq!(spec["nullable"], json!({"type": "string"}));
    assert_eq!(spec["size"], json!({"x-kubernetes-int-or-string": true}));
}
