//! The API as clients see it: whole requests through authentication, authorization, admission and the store.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use reks_apiserver::access::{self, Access, Peer};
use reks_apiserver::services::Network;
use reks_apiserver::{Catalog, Options, Server, bootstrap};
use reks_auth::User;
use reks_auth::service_account::Tokens;
use serde_json::{Value, json};

struct Api {
    server: Arc<Server>,
    peer: Peer,
}

impl Api {
    async fn start() -> Self {
        let store = reks_store::Store::in_memory().unwrap();
        let options = Options {
            address: "127.0.0.1:443".to_owned(),
            service_network: Network::parse("10.100.0.0/24"),
            kubelets: None,
            version: "v1.36.0-eks-reks".to_owned(),
        };
        let key = Arc::new(reks_pki::TokenKey::generate().unwrap());
        let tokens = Tokens::new(key, "https://issuer".to_owned(), vec!["https://issuer".to_owned()]);
        let access = Access::new(Some(tokens), None);
        let server = Server::new(store, Catalog::new(reks_kinds::all().iter().copied()), access, options);
        bootstrap::bootstrap(&server).await.unwrap();
        access::bootstrap(&server).await.unwrap();
        access::follow(&server).unwrap();
        Self { server, peer: Peer::local(User::new("admin", &[User::MASTERS])) }
    }

    fn as_user(&self, name: &str, groups: &[&str]) -> Self {
        Self { server: self.server.clone(), peer: Peer::local(User::new(name, groups)) }
    }

    async fn call_as(&self, request: Request<Full<Bytes>>) -> (StatusCode, Value) {
        let response = self.server.handle(request, &self.peer).await;
        let code = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))))
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.typed(method, path, "application/json", body).await
    }

    async fn typed(&self, method: &str, path: &str, media_type: &str, body: Value) -> (StatusCode, Value) {
        let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = Request::builder().method(method).uri(path).header("content-type", media_type);
        self.call_as(request.body(Full::new(bytes)).unwrap()).await
    }

    async fn get(&self, path: &str) -> Value {
        let (code, value) = self.call("GET", path, Value::Null).await;
        assert_eq!(code, StatusCode::OK, "{path}: {value}");
        value
    }

    async fn create(&self, path: &str, object: Value) -> Value {
        let (code, value) = self.call("POST", path, object).await;
        assert_eq!(code, StatusCode::CREATED, "{path}: {value}");
        value
    }
}

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
const SERVICES: &str = "/api/v1/namespaces/default/services";

fn config_map(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"a": "b"}})
}

#[tokio::test]
async fn an_object_is_created_read_changed_and_deleted() {
    let api = Api::start().await;
    let created = api.create(CONFIG_MAPS, config_map("one")).await;
    assert_eq!((&created["kind"], &created["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
    assert!(created["metadata"]["uid"].is_string() && created["metadata"]["creationTimestamp"].is_string());
    assert_eq!(api.get(&format!("{CONFIG_MAPS}/one")).await, created);

    let mut wanted = created.clone();
    wanted["data"]["a"] = "c".into();
    let (code, changed) = api.call("PUT", &format!("{CONFIG_MAPS}/one"), wanted.clone()).await;
    assert_eq!((code, &changed["data"]["a"]), (StatusCode::OK, &json!("c")));
    wanted["data"]["a"] = "d".into();
    let (code, status) = api.call("PUT", &format!("{CONFIG_MAPS}/one"), wanted).await;
    assert_eq!((code, &status["reason"]), (StatusCode::CONFLICT, &json!("Conflict")));

    let (code, status) = api.call("DELETE", &format!("{CONFIG_MAPS}/one"), Value::Null).await;
    assert_eq!((code, &status["status"]), (StatusCode::OK, &json!("Success")));
    let (code, status) = api.call("GET", &format!("{CONFIG_MAPS}/one"), Value::Null).await;
    assert_eq!((code, &status["message"]), (StatusCode::NOT_FOUND, &json!("configmaps \"one\" not found")));
}

#[tokio::test]
async fn what_changes_nothing_makes_no_revision() {
    let api = Api::start().await;
    let created = api.create(CONFIG_MAPS, config_map("same")).await;
    let (_, again) = api.call("PUT", &format!("{CONFIG_MAPS}/same"), created.clone()).await;
    assert_eq!(again["metadata"]["resourceVersion"], created["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn lists_come_in_pages_of_one_revision() {
    let api = Api::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        api.create(CONFIG_MAPS, config_map(name)).await;
    }
    let first = api.get(&format!("{CONFIG_MAPS}?limit=2")).await;
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    api.create(CONFIG_MAPS, config_map("aa")).await;
    let mut names: Vec<Value> = Vec::new();
    let mut page = first.clone();
    loop {
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].clone()));
        assert_eq!(page["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
        let Some(token) = page["metadata"]["continue"].as_str().map(str::to_owned) else { break };
        page = api.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await;
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    let (code, _) = api.call("GET", &format!("{CONFIG_MAPS}?limit=2&continue=bm9uc2Vuc2U"), Value::Null).await;
    assert_eq!(code, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_watch_tells_of_every_change_in_order() {
    let api = Api::start().await;
    let version = api.get(CONFIG_MAPS).await["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let path = format!("{CONFIG_MAPS}?watch=true&timeoutSeconds=5&labelSelector=seen%3Dyes&resourceVersion={version}");
    let request = Request::get(path).body(Full::<Bytes>::default()).unwrap();
    let mut events = api.server.handle(request, &api.peer).await.into_body();
    let labeled = |value: &str| json!({"metadata": {"labels": {"seen": value}}});
    api.create(CONFIG_MAPS, config_map("w")).await;
    for value in ["yes", "yes-still", "yes"] {
        api.typed("PATCH", &format!("{CONFIG_MAPS}/w"), "application/merge-patch+json", labeled(value)).await;
    }
    api.call("DELETE", &format!("{CONFIG_MAPS}/w"), Value::Null).await;
    let mut kinds = Vec::new();
    while kinds.len() < 4 {
        let frame = events.frame().await.unwrap().unwrap().into_data().unwrap();
        let event: Value = serde_json::from_slice(&frame).unwrap();
        kinds.push(event["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["ADDED", "DELETED", "ADDED", "DELETED"]);
}

#[tokio::test]
async fn a_service_gets_an_address_of_its_own_and_gives_it_back() {
    let api = Api::start().await;
    let service = |name: &str, address: &str| json!({"metadata": {"name": name}, "spec": {"clusterIP": address, "ports": [{"port": 80}], "type": "NodePort"}});
    let first = api.create(SERVICES, service("one", "10.100.0.77")).await;
    assert_eq!(first["spec"]["clusterIPs"], json!(["10.100.0.77"]));
    assert!(first["spec"]["ports"][0]["nodePort"].as_u64().is_some_and(|port| (30_000..32_768).contains(&port)));
    let (code, status) = api.call("POST", SERVICES, service("two", "10.100.0.77")).await;
    assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(status["message"].as_str().unwrap().contains("provided IP is already allocated"), "{status}");
    api.get("/apis/networking.k8s.io/v1/ipaddresses/10.100.0.77").await;
    api.call("DELETE", &format!("{SERVICES}/one"), Value::Null).await;
    api.create(SERVICES, service("two", "10.100.0.77")).await;
}

#[tokio::test]
async fn parallel_services_never_share_an_address() {
    let api = Arc::new(Api::start().await);
    let tasks: Vec<_> = (0..100)
        .map(|index| {
            let api = api.clone();
            let service = json!({"metadata": {"name": format!("s{index}")}, "spec": {"ports": [{"port": 80}]}});
            tokio::spawn(async move { api.create(SERVICES, service).await["spec"]["clusterIP"].clone() })
        })
        .collect();
    let mut addresses = std::collections::HashSet::new();
    for task in tasks {
        assert!(addresses.insert(task.await.unwrap().to_string()), "an address was given twice");
    }
}

#[tokio::test]
async fn roles_decide_who_may_do_what() {
    let api = Api::start().await;
    let jane = api.as_user("jane", &[]);
    let (code, status) = jane.call("GET", CONFIG_MAPS, Value::Null).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    assert_eq!(
        status["message"],
        "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\""
    );
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    let binding = json!({
        "metadata": {"name": "jane"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:kube-dns"},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "jane"}],
    });
    let (code, _) = jane.call("POST", bindings, binding.clone()).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    api.create(bindings, binding).await;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while jane.call("GET", SERVICES, Value::Null).await.0 != StatusCode::OK {
        assert!(tokio::time::Instant::now() < deadline, "the binding never counts");
        tokio::task::yield_now().await;
    }
    assert_eq!(jane.call("GET", CONFIG_MAPS, Value::Null).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_token_works_as_long_as_its_pod() {
    let api = Api::start().await;
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    api.create(accounts, json!({"metadata": {"name": "bot"}})).await;
    let pods = "/api/v1/namespaces/default/pods";
    let pod = json!({"metadata": {"name": "p"}, "spec": {"serviceAccountName": "bot", "containers": [{"name": "c", "image": "i"}]}});
    let pod = api.create(pods, pod).await;
    assert!(pod["spec"]["volumes"][0]["name"].as_str().unwrap().starts_with("kube-api-access-"), "{pod}");
    let request = json!({"spec": {"boundObjectRef": {"kind": "Pod", "name": "p", "apiVersion": "v1"}}});
    let token = api.create(&format!("{accounts}/bot/token"), request).await;
    let token = token["status"]["token"].as_str().unwrap().to_owned();
    let ask = || {
        let review = json!({"spec": {}}).to_string();
        let request = Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews")
            .header("authorization", format!("Bearer {token}"));
        request.body(Full::new(Bytes::from(review))).unwrap()
    };
    let stranger = Api { server: api.server.clone(), peer: Peer::default() };
    let (code, review) = stranger.call_as(ask()).await;
    assert_eq!(code, StatusCode::CREATED, "{review}");
    assert_eq!(review["status"]["userInfo"]["username"], "system:serviceaccount:default:bot");
    api.call("DELETE", &format!("{pods}/p"), Value::Null).await;
    assert_eq!(stranger.call_as(ask()).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_pod_that_runs_is_deleted_in_its_own_time() {
    let api = Api::start().await;
    api.create("/api/v1/namespaces/default/serviceaccounts", json!({"metadata": {"name": "default"}})).await;
    let pods = "/api/v1/namespaces/default/pods";
    let pod = json!({"metadata": {"name": "p"}, "spec": {
        "terminationGracePeriodSeconds": 5, "containers": [{"name": "c", "image": "i"}]}});
    api.create(pods, pod).await;
    api.create(
        &format!("{pods}/p/binding"),
        json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}}),
    )
    .await;
    let (_, pod) = api.call("DELETE", &format!("{pods}/p"), Value::Null).await;
    assert_eq!(pod["metadata"]["deletionGracePeriodSeconds"], 5);
    assert_eq!(api.get(&format!("{pods}/p")).await["spec"]["nodeName"], "n");
    api.call("DELETE", &format!("{pods}/p"), json!({"gracePeriodSeconds": 0})).await;
    assert_eq!(api.call("GET", &format!("{pods}/p"), Value::Null).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_namespace_goes_when_it_is_finalized() {
    let api = Api::start().await;
    let created = api.create("/api/v1/namespaces", json!({"metadata": {"name": "n"}})).await;
    assert_eq!(created["spec"]["finalizers"], json!(["kubernetes"]));
    assert_eq!(created["status"]["phase"], "Active");
    let (_, going) = api.call("DELETE", "/api/v1/namespaces/n", Value::Null).await;
    assert_eq!(going["status"]["phase"], "Terminating");
    let (code, status) = api.call("POST", "/api/v1/namespaces/n/configmaps", config_map("late")).await;
    assert_eq!(code, StatusCode::FORBIDDEN, "{status}");
    let mut finalized = going.clone();
    finalized["spec"]["finalizers"] = json!([]);
    api.call("PUT", "/api/v1/namespaces/n/finalize", finalized).await;
    assert_eq!(api.call("GET", "/api/v1/namespaces/n", Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.call("DELETE", "/api/v1/namespaces/default", Value::Null).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn bad_input_changes_nothing() {
    let api = Api::start().await;
    for (path, body, expected) in [
        (CONFIG_MAPS, json!({"kind": "Secret", "metadata": {"name": "x"}}), StatusCode::BAD_REQUEST),
        (CONFIG_MAPS, json!({"metadata": {"name": "X_y"}}), StatusCode::UNPROCESSABLE_ENTITY),
        (CONFIG_MAPS, json!({"metadata": {"name": "x", "namespace": "other"}}), StatusCode::BAD_REQUEST),
        (CONFIG_MAPS, json!([]), StatusCode::BAD_REQUEST),
        ("/api/v1/namespaces/none/configmaps", config_map("x"), StatusCode::NOT_FOUND),
        ("/api/v1/namespaces/default/nothing", config_map("x"), StatusCode::NOT_FOUND),
    ] {
        let before = api.server.registry.store.revision();
        let (code, status) = api.call("POST", path, body.clone()).await;
        assert_eq!(code, expected, "{path} {body}: {status}");
        assert_eq!(api.server.registry.store.revision(), before);
    }
}

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn deployment(replicas: i32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    })
}

#[tokio::test]
async fn managers_apply_and_conflict() {
    let api = Api::start().await;
    let apply = async |replicas: i32, query: &str| {
        let path = format!("{DEPLOYMENTS}/web?{query}");
        api.typed("PATCH", &path, "application/apply-patch+yaml", deployment(replicas)).await
    };
    assert_eq!(apply(1, "").await.0, StatusCode::BAD_REQUEST);
    let (code, made) = apply(1, "fieldManager=one").await;
    assert_eq!(code, StatusCode::CREATED, "{made}");
    assert_eq!(made["metadata"]["managedFields"][0]["manager"], "one");
    let (_, again) = apply(1, "fieldManager=one").await;
    assert_eq!(again["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    let (code, status) = apply(2, "fieldManager=two").await;
    assert_eq!(code, StatusCode::CONFLICT);
    let cause = &status["details"]["causes"][0];
    assert_eq!((&cause["reason"], &cause["field"]), (&json!("FieldManagerConflict"), &json!(".spec.replicas")));
    let (code, forced) = apply(2, "fieldManager=two&force=true").await;
    assert_eq!((code, &forced["spec"]["replicas"]), (StatusCode::OK, &json!(2)));
}

#[tokio::test]
async fn patches_of_every_kind_change_what_they_say() {
    let api = Api::start().await;
    api.create(DEPLOYMENTS, deployment(1)).await;
    let patch = async |media_type: &str, body: Value| {
        let (code, object) = api.typed("PATCH", &format!("{DEPLOYMENTS}/web"), media_type, body).await;
        assert_eq!(code, StatusCode::OK, "{object}");
        object["spec"]["template"]["spec"]["containers"].clone()
    };
    let spec = |containers: Value| json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let strategic = "application/strategic-merge-patch+json";
    let containers = patch(strategic, spec(json!([{"name": "c", "image": "j"}, {"name": "d", "image": "k"}]))).await;
    let images = |containers: &Value| -> Vec<Value> {
        containers.as_array().unwrap().iter().map(|container| container["image"].clone()).collect()
    };
    assert_eq!(images(&containers), ["j", "k"]);
    // What was not said is kept, and was defaulted.
    assert_eq!(containers[0]["terminationMessagePolicy"], "File");
    let containers = patch(strategic, spec(json!([{"name": "d", "$patch": "delete"}]))).await;
    assert_eq!(images(&containers), ["j"]);
    let path = "/spec/template/spec/containers/0/image";
    let containers = patch("application/json-patch+json", json!([{"op": "replace", "path": path, "value": "l"}])).await;
    assert_eq!(images(&containers), ["l"]);
    let containers = patch("application/merge-patch+json", spec(json!([{"name": "m", "image": "m"}]))).await;
    assert_eq!(images(&containers), ["m"]);
}

#[tokio::test]
async fn unknown_fields_are_refused_warned_of_or_dropped() {
    let api = Api::start().await;
    let mut wrong = deployment(1);
    wrong["spec"]["replicsa"] = 2.into();
    let (code, status) = api.call("POST", &format!("{DEPLOYMENTS}?fieldValidation=Strict"), wrong.clone()).await;
    assert_eq!(code, StatusCode::BAD_REQUEST);
    assert!(status["message"].as_str().unwrap().ends_with("strict decoding error: unknown field \"spec.replicsa\""));
    let request = Request::post(DEPLOYMENTS).body(Full::new(Bytes::from(wrong.to_string()))).unwrap();
    let response = api.server.handle(request, &api.peer).await;
    assert_eq!(response.headers()["warning"], "299 - \"unknown field \\\"spec.replicsa\\\"\"");
    assert!(api.get(&format!("{DEPLOYMENTS}/web")).await["spec"]["replicsa"].is_null());
}

#[tokio::test]
async fn every_served_version_has_its_openapi_document() {
    let api = Api::start().await;
    let index = api.get("/openapi/v3").await;
    let paths = index["paths"].as_object().unwrap();
    assert!(paths.len() > 15, "{paths:?}");
    for document in paths.values() {
        let url = document["serverRelativeURL"].as_str().unwrap();
        assert_eq!(api.get(url).await["openapi"], "3.0.0", "{url}");
    }
    assert_eq!(api.get("/openapi/v2").await["swagger"], "2.0");
}
