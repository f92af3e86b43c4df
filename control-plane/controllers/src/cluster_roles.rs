//! Aggregated ClusterRoles: their rules are those of the roles that their selectors pick.

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use kube::api::{Patch, PatchParams};
use kube::runtime::watcher::Config;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::Result;
use crate::informer::{Informer, Key};
use crate::owners::selects;
use crate::queue::Queue;

/// Runs forever.
pub async fn run(client: Client) {
    let roles: Informer<ClusterRole> = Informer::start(client.clone(), Config::default());
    roles.synced().await;
    let queue = Queue::default();
    let (own, all) = (queue.clone(), roles.clone());
    roles.listen(move |before, after| {
        let changed: Vec<_> = [before, after].into_iter().flatten().cloned().collect();
        // Called with the list locked for reading at most, so that it may be read here.
        for aggregated in all.select(|role| role.aggregation_rule.is_some()) {
            let concerned =
                changed.iter().any(|role| role.name_any() == aggregated.name_any() || picks(&aggregated, role));
            if concerned {
                own.add(aggregated.name_any());
            }
        }
    });
    queue
        .run("clusterrole-aggregation", 1, move |name: String| {
            let (client, roles) = (client.clone(), roles.clone());
            async move { look(&client, &roles, &name).await }
        })
        .await;
}

fn picks(aggregated: &ClusterRole, role: &ClusterRole) -> bool {
    let selectors = aggregated.aggregation_rule.iter().flat_map(|rule| rule.cluster_role_selectors.iter().flatten());
    let mut selectors = selectors.into_iter();
    role.name_any() != aggregated.name_any()
        && selectors.any(|selector| selects(selector, role.metadata.labels.as_ref()))
}

async fn look(client: &Client, roles: &Informer<ClusterRole>, name: &str) -> Result<()> {
    let Some(aggregated) = roles.get(&Key::new("", name)) else { return Ok(()) };
    let mut picked = roles.select(|role| picks(&aggregated, role));
    picked.sort_by_key(|role| role.name_any());
    let mut rules: Vec<PolicyRule> = Vec::new();
    for rule in picked.iter().flat_map(|role| role.rules.iter().flatten()) {
        if !rules.contains(rule) {
            rules.push(rule.clone());
        }
    }
    if aggregated.rules.as_ref() == Some(&rules) || (rules.is_empty() && aggregated.rules.is_none()) {
        return Ok(());
    }
    let api: Api<ClusterRole> = Api::all(client.clone());
    let written = api.patch(name, &PatchParams::default(), &Patch::Merge(json!({"rules": rules}))).await?;
    roles.saw(&written).await;
    Ok(())
}
