use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-01-01T00:00:00Z";
const LATER: &str = "2026-01-01T00:00:01Z";

fn change<'a>(type_name: &str, api_version: &'a str, manager: &'a str, now: &'a str) -> Change<'a> {
    let table = Table::builtin();
    let ty = table.named(type_name).unwrap();
    Change { table, ty, api_version, manager, subresource: "", now, reset: &[&["status"]] }
}

fn deployment<'a>(manager: &'a str, now: &'a str) -> Change<'a> {
    change("api/apps/v1.Deployment", "apps/v1", manager, now)
}

fn config_map(manager: &str) -> Change<'_> {
    change("api/core/v1.ConfigMap", "v1", manager, NOW)
}

fn entry(manager: &str, operation: &str, api_version: &str, fields: Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": api_version, "time": NOW, "fieldsType": "FieldsV1",
        "fieldsV1": fields})
}

fn data(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
}

fn record(object: &Value) -> &Value {
    &object["metadata"]["managedFields"]
}

#[test]
fn creation_is_recorded() {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "labels": {"app": "d"}}, "status": {},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "d"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
            "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [
                {"name": "a", "image": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}], "resources": {}}]}}},
    });
    track_update(&deployment("kubectl-create", NOW), None, &mut object);
    let fields = json!({
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {
            "f:replicas": {}, "f:selector": {},
            "f:strategy": {"f:type": {}, "f:rollingUpdate": {".": {}, "f:maxSurge": {}}},
            "f:template": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}, "f:spec": {"f:containers": {
                "k:{\"name\":\"a\"}": {".": {}, "f:name": {}, "f:image": {}, "f:resources": {}, "f:ports": {
                    ".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {
                        ".": {}, "f:containerPort": {}, "f:protocol": {}}}}}}},
        },
    });
    assert_eq!(record(&object), &json!([entry("kubectl-create", "Update", "apps/v1", fields)]));
}

#[test]
fn an_apply_owns_what_it_says() {
    let created = server_side_apply(&config_map("a"), None, &data(json!({"x": "1", "y": "1"})), false).unwrap();
    assert_eq!(created["data"], json!({"x": "1", "y": "1"}));
    let fields = json!({"f:data": {"f:x": {}, "f:y": {}}});
    assert_eq!(record(&created), &json!([entry("a", "Apply", "v1", fields)]));

    // What it no longer says goes, if nobody else has it.
    let shared =
        server_side_apply(&config_map("b"), Some(&created), &data(json!({"y": "1", "z": "2"})), false).unwrap();
    assert_eq!(shared["data"], json!({"x": "1", "y": "1", "z": "2"}));
    let left = server_side_apply(&config_map("a"), Some(&shared), &data(json!({})), false).unwrap();
    assert_eq!(left["data"], json!({"y": "1", "z": "2"}));
    assert_eq!(record(&left).as_array().unwrap().len(), 2);
    assert_eq!(record(&left)[0]["fieldsV1"], json!({"f:data": {}}));

    // The same again changes nothing, not even the time.
    let again = Change { now: LATER, ..config_map("b") };
    assert_eq!(server_side_apply(&again, Some(&left), &data(json!({"y": "1", "z": "2"})), false).unwrap(), left);
}

#[test]
fn others_fields_are_not_taken_unless_forced() {
    let mut live = data(json!({"x": "1"}));
    track_update(&config_map("editor"), None, &mut live);
    let wanted = data(json!({"x": "2"}));
    let refused = server_side_apply(&config_map("a"), Some(&live), &wanted, false).unwrap_err();
    assert_eq!(refused.to_string(), "Apply failed with 1 conflict: conflict with \"editor\" using v1: .data.x");
    let taken = server_side_apply(&config_map("a"), Some(&live), &wanted, true).unwrap();
    assert_eq!(taken["data"], json!({"x": "2"}));
    assert_eq!(record(&taken)[0]["manager"], "a");
    assert_eq!(record(&taken)[1]["fieldsV1"], json!({"f:data": {}}));
    // Wanting the same is no conflict.
    let agreed = server_side_apply(&config_map("a"), Some(&live), &data(json!({"x": "1"})), false).unwrap();
    assert_eq!(record(&agreed).as_array().unwrap().len(), 2);
}

#[test]
fn an_update_takes_what_it_changes() {
    let applied = server_side_apply(&config_map("a"), None, &data(json!({"x": "1", "y": "1"})), false).unwrap();
    let mut changed = applied.clone();
    changed["data"] = json!({"x": "2"});
    track_update(&Change { now: LATER, ..config_map("editor") }, Some(&applied), &mut changed);
    assert_eq!(record(&changed).as_array().unwrap().len(), 1);
    assert_eq!(record(&changed)[0]["fieldsV1"], json!({"f:data": {"f:x": {}}}));
    assert_eq!(record(&changed)[0]["time"], LATER);
    // An object that nobody tracks is left alone.
    let mut new = data(json!({"x": "2"}));
    track_update(&config_map("editor"), Some(&data(json!({"x": "1"}))), &mut new);
    assert!(record(&new).is_null());
    // An empty list forgets the record.
    let mut reset = applied.clone();
    reset["metadata"]["managedFields"] = json!([]);
    track_update(&config_map("editor"), Some(&applied), &mut reset);
    assert!(record(&reset).is_null());
}

#[test]
fn what_was_there_before_the_first_apply_has_a_manager() {
    let live = data(json!({"x": "1"}));
    let applied = server_side_apply(&config_map("a"), Some(&live), &data(json!({"y": "1"})), false).unwrap();
    assert_eq!(applied["data"], json!({"x": "1", "y": "1"}));
    assert_eq!(record(&applied)[1]["manager"], "before-first-apply");
}

#[test]
fn lists_merge_by_their_keys_and_order() {
    let object = |containers: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"template": {"spec": {"containers": containers}}}})
    };
    let live = object(json!([{"name": "a", "image": "1"}, {"name": "s"}, {"name": "b"}]));
    let wanted = object(json!([{"name": "b"}, {"name": "c"}, {"name": "a", "image": "1"}]));
    let applied = server_side_apply(&deployment("a", NOW), Some(&live), &wanted, false).unwrap();
    let containers = applied.pointer("/spec/template/spec/containers").unwrap().as_array().unwrap();
    let names: Vec<_> = containers.iter().map(|container| container["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["s", "b", "c", "a"]);
    // What is dropped from the list goes with all that it had.
    let dropped = object(json!([{"name": "b"}, {"name": "a", "image": "1"}]));
    let applied = server_side_apply(&deployment("a", LATER), Some(&applied), &dropped, false).unwrap();
    assert_eq!(applied.pointer("/spec/template/spec/containers").unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn atomic_values_are_one() {
    let object = |selector: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"selector": selector}});
    let live =
        server_side_apply(&deployment("a", NOW), None, &object(json!({"matchLabels": {"a": "1"}})), false).unwrap();
    assert_eq!(record(&live)[0]["fieldsV1"], json!({"f:spec": {"f:selector": {}}}));
    let wanted = object(json!({"matchLabels": {"b": "1"}}));
    let applied = server_side_apply(&deployment("b", NOW), Some(&live), &wanted, true).unwrap();
    assert_eq!(applied["spec"]["selector"], json!({"matchLabels": {"b": "1"}}));
    // A record from when it was not one is fitted.
    let mut old = live.clone();
    old["metadata"]["managedFields"][0]["fieldsV1"] = json!({"f:spec": {"f:selector": {"f:matchLabels": {"f:a": {}}}}});
    let applied = server_side_apply(&deployment("a", NOW), Some(&old), &wanted, false).unwrap();
    assert_eq!(record(&applied)[0]["fieldsV1"], json!({"f:spec": {"f:selector": {}}}));
}

#[test]
fn what_is_reset_is_nobodys() {
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 1},
        "status": {"replicas": 1}});
    let applied = server_side_apply(&deployment("a", NOW), None, &object, false).unwrap();
    assert_eq!(record(&applied)[0]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
}

#[test]
fn what_does_not_follow_the_type_is_refused() {
    let refused = |object: Value| server_side_apply(&deployment("a", NOW), None, &object, false).unwrap_err();
    assert_eq!(
        refused(json!({"spec": {"foo": 1}})).to_string(),
        "failed to create typed patch object: .spec.foo: field not declared in schema"
    );
    assert_eq!(
        refused(json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "a"}]}}}})),
        ApplyError::Invalid(".spec.template.spec.containers: duplicate entries for key [name=\"a\"]".into())
    );
    assert!(matches!(refused(json!({"spec": []})), ApplyError::Invalid(_)));
    assert_eq!(refused(json!({"metadata": {"managedFields": []}})), ApplyError::HasManagedFields);
}

#[test]
fn kubectl_takes_over_from_client_side_apply() {
    let last = data(json!({"x": "1"})).to_string();
    let mut live = data(json!({"x": "1"}));
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": last});
    track_update(&config_map("kubectl-client-side-apply"), None, &mut live);
    let wanted = data(json!({"x": "2"}));
    assert!(server_side_apply(&config_map("other"), Some(&live), &wanted, false).is_err());
    let applied = server_side_apply(&config_map("kubectl"), Some(&live), &wanted, false).unwrap();
    assert_eq!(applied["data"], json!({"x": "2"}));
    let kept = applied["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(kept).unwrap(), wanted);
}

#[test]
fn the_oldest_of_many_managers_become_one() {
    let mut live = data(json!({}));
    track_update(&config_map("m0"), None, &mut live);
    let names: Vec<_> = (0..15).map(|at| format!("m{at:02}")).collect();
    for name in &names {
        let mut new = live.clone();
        new["data"][name] = json!("1");
        track_update(&config_map(name), Some(&live), &mut new);
        live = new;
    }
    let managers: Vec<_> =
        record(&live).as_array().unwrap().iter().map(|entry| entry["manager"].as_str().unwrap()).collect();
    assert_eq!(managers.len(), 10);
    assert!(managers.contains(&"ancient-changes") && managers.contains(&"m14") && !managers.contains(&"m00"));
}
