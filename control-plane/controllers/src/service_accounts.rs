//! Every namespace has a `default` service account and the cluster's authority in `kube-root-ca.crt`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Patch, PatchParams, PostParams};
use kube::runtime::watcher::Config;
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::informer::{Informer, Key};
use crate::queue::Queue;
use crate::{Result, Shared};

const ACCOUNT: &str = "default";
const ROOT_CA: &str = "kube-root-ca.crt";
const FILE: &str = "ca.crt";
const WORKERS: usize = 2;

/// Runs forever.
pub async fn run(shared: Shared, root_ca: String) {
    let queue = Queue::default();
    let named = |name: &str| Config::default().fields(&format!("metadata.name={name}"));
    let accounts: Informer<ServiceAccount> = Informer::start(shared.client.clone(), named(ACCOUNT));
    let maps: Informer<ConfigMap> = Informer::start(shared.client.clone(), named(ROOT_CA));
    accounts.synced().await;
    maps.synced().await;
    let own = queue.clone();
    shared.namespaces.listen(move |_, after| {
        if let Some(namespace) = after {
            own.add(namespace.name_any());
        }
    });
    // Who deletes or changes one of them gets it back.
    let own = queue.clone();
    accounts.listen(move |before, after| {
        if let (Some(account), None) = (before, after) {
            own.add(account.namespace().unwrap_or_default());
        }
    });
    let own = queue.clone();
    maps.listen(move |before, after| {
        if let Some(map) = after.or(before) {
            own.add(map.namespace().unwrap_or_default());
        }
    });
    queue
        .run("serviceaccount", WORKERS, move |namespace: String| {
            let (shared, accounts, maps, root_ca) = (shared.clone(), accounts.clone(), maps.clone(), root_ca.clone());
            async move { look(&shared, &accounts, &maps, &namespace, &root_ca).await }
        })
        .await;
}

async fn look(
    shared: &Shared,
    accounts: &Informer<ServiceAccount>,
    maps: &Informer<ConfigMap>,
    namespace: &str,
    root_ca: &str,
) -> Result<()> {
    let present = shared.namespaces.get(&Key::new("", namespace));
    if present.is_none_or(|namespace| namespace.metadata.deletion_timestamp.is_some()) {
        return Ok(());
    }
    let metadata = |name: &str| ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()),
        ..ObjectMeta::default()
    };
    if accounts.get(&Key::new(namespace, ACCOUNT)).is_none() {
        let api: Api<ServiceAccount> = Api::namespaced(shared.client.clone(), namespace);
        let account = ServiceAccount { metadata: metadata(ACCOUNT), ..ServiceAccount::default() };
        unless_there(api.create(&PostParams::default(), &account).await)?;
    }
    let data = BTreeMap::from([(FILE.to_owned(), root_ca.to_owned())]);
    let api: Api<ConfigMap> = Api::namespaced(shared.client.clone(), namespace);
    match maps.get(&Key::new(namespace, ROOT_CA)) {
        None => {
            let mut metadata = metadata(ROOT_CA);
            let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                               endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                               guaranteed across distributions of Kubernetes clusters.";
            metadata.annotations = Some([("kubernetes.io/description".to_owned(), description.to_owned())].into());
            let map = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
            unless_there(api.create(&PostParams::default(), &map).await)?;
        }
        Some(map) if map.data.as_ref() != Some(&data) => {
            let patch = json!({"data": {FILE: root_ca}});
            unless_there(api.patch(ROOT_CA, &PatchParams::default(), &Patch::Merge(patch)).await)?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// That it is there already, or that its namespace goes, is as good.
fn unless_there<K>(result: kube::Result<K>) -> Result<()> {
    match result {
        Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404 | 409) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
