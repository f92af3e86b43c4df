//! From Services and EndpointSlices to service ports, as a table of cases.
#![allow(clippy::unwrap_used, reason = "tests")]

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use reks_proxy::{Rules, ServicePort, change, service_ports};
use serde_json::{Value, json};

fn service(spec: Value) -> Service {
    let mut whole = json!({ "clusterIP": "10.100.0.5", "clusterIPs": ["10.100.0.5"], "ports": [{ "port": 80 }] });
    for (key, value) in spec.as_object().unwrap() {
        whole[key] = value.clone();
    }
    serde_json::from_value(json!({ "metadata": { "namespace": "a", "name": "web" }, "spec": whole })).unwrap()
}

/// Endpoints are `address@node` with a letter for their state: r(eady), n(ot ready), t(erminating but serving).
fn slice(endpoints: &[&str]) -> EndpointSlice {
    let endpoint = |text: &&str| {
        let (address, node) = text[1..].split_once('@').unwrap();
        let conditions = match &text[..1] {
            "r" => json!({ "ready": true, "serving": true, "terminating": false }),
            "n" => json!({ "ready": false, "serving": false, "terminating": false }),
            _ => json!({ "ready": false, "serving": true, "terminating": true }),
        };
        json!({ "addresses": [format!("10.0.1.{address}")], "nodeName": node, "conditions": conditions })
    };
    let endpoints: Vec<_> = endpoints.iter().map(endpoint).collect();
    serde_json::from_value(json!({
        "metadata": { "namespace": "a", "name": "web-1", "labels": { "kubernetes.io/service-name": "web" } },
        "addressType": "IPv4", "endpoints": endpoints, "ports": [{ "port": 8080, "protocol": "TCP" }],
    }))
    .unwrap()
}

fn ports(spec: Value, endpoints: &[&str]) -> Vec<ServicePort> {
    service_ports("me", [&service(spec)], [&slice(endpoints)])
}

#[test]
fn which_endpoints_are_used() {
    fn check(spec: Value, endpoints: &[&str], internal: &[u8], external: &[u8]) {
        let got = ports(spec, endpoints);
        let last =
            |backends: &[reks_proxy::Backend]| backends.iter().map(|b| b.address.octets()[3]).collect::<Vec<_>>();
        assert_eq!(
            (last(&got[0].internal), last(&got[0].external)),
            (internal.to_vec(), external.to_vec()),
            "{endpoints:?}"
        );
    }
    let all = &["r1@me", "r2@you", "n3@me", "t4@me"];
    check(json!({}), all, &[1, 2], &[1, 2]);
    check(json!({ "externalTrafficPolicy": "Local" }), all, &[1, 2], &[1]);
    check(json!({ "internalTrafficPolicy": "Local" }), all, &[1], &[1, 2]);
    check(json!({}), &["n1@me", "t2@you", "t3@me"], &[2, 3], &[2, 3]);
    check(json!({ "externalTrafficPolicy": "Local" }), &["r1@you", "t2@me"], &[1], &[2]);
    check(json!({ "ports": [{ "port": 80, "name": "other" }] }), all, &[], &[]);
    check(json!({ "ports": [{ "port": 80, "protocol": "UDP" }] }), all, &[], &[]);
    assert!(ports(json!({ "clusterIP": "None", "clusterIPs": ["None"] }), all).is_empty());
    assert!(ports(json!({ "type": "ExternalName" }), all).is_empty());
}

#[test]
fn a_change_touches_its_own_service_only() {
    let mut two = ports(json!({}), &["r1@me"]);
    two.push(ServicePort {
        name: "a/other/tcp/".into(),
        cluster_addresses: vec!["10.100.0.6".parse().unwrap()],
        ..two[0].clone()
    });
    let before = Rules::new(&two);
    assert_eq!(change(&before, &before), "");
    two[0].internal = ports(json!({}), &["r1@me", "r2@me"])[0].internal.clone();
    let script = change(&before, &Rules::new(&two));
    assert!(script.contains("flush chain") && script.contains("10.0.1.2 . 8080"), "{script}");
    assert!(!script.contains("other") && !script.contains("10.100."), "{script}");
}
