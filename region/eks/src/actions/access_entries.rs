//! Access entries and the policies that are associated with them.

use http::StatusCode;
use jiff::Timestamp;
use reks_objects::{Part, created, named};
use reks_wire::Error;
use reks_wire::json::epoch;
use serde_json::{Value, json};

use super::{Call, Result, invalid_parameter, strings, tag_map, text};
use crate::Region;
use crate::access::{POLICIES, entry_name, policy_arn};
use crate::objects::{AccessEntry, AccessEntrySpec};

/// The name in the cluster of a principal whose entry names none.
pub fn default_username(region: &Region, principal: &str) -> String {
    let account = &region.account;
    match principal.strip_prefix(&format!("arn:aws:iam::{account}:role/")) {
        Some(path) => {
            let role = path.rsplit('/').next().unwrap_or(path);
            format!("arn:aws:sts::{account}:assumed-role/{role}/{{{{SessionName}}}}")
        }
        None => principal.to_owned(),
    }
}

fn not_found(principal: &str) -> Error {
    let message = format!(
        "The specified principalArn {principal} could not be found. You can view your available access entries with 'aws eks list-access-entries'."
    );
    Error::client("ResourceNotFoundException", message).with_status(StatusCode::NOT_FOUND)
}

async fn find(call: &Call<'_>, cluster: &str, principal: &str) -> Result<AccessEntry> {
    call.cluster(cluster).await?;
    let found = call.objects.get::<AccessEntry>(&entry_name(cluster, principal)).await.map_err(Error::internal)?;
    found.ok_or_else(|| not_found(principal))
}

fn show(call: &Call<'_>, entry: &AccessEntry) -> Value {
    let spec = &entry.spec;
    let (region, account, cluster) = (&call.region.name, &call.region.account, &spec.cluster);
    let kind = if spec.principal_arn.contains(":role/") { "role" } else { "user" };
    let principal = spec.principal_arn.rsplit('/').next().unwrap_or_default();
    let uid = entry.metadata.uid.as_deref().unwrap_or_default();
    json!({
        "clusterName": cluster, "principalArn": spec.principal_arn, "kubernetesGroups": spec.groups,
        "accessEntryArn": format!("arn:aws:eks:{region}:{account}:access-entry/{cluster}/{kind}/{account}/{principal}/{uid}"),
        "createdAt": epoch(&created(entry)), "modifiedAt": epoch(&spec.modified_at), "tags": spec.tags,
        "username": spec.username, "type": spec.entry_type,
    })
}

pub async fn create(call: &Call<'_>, cluster: &str) -> Result<Value> {
    call.cluster(cluster).await?;
    let body = &call.request.body;
    let principal = text(body, "principalArn");
    let ours =
        [":user/", ":role/"].iter().any(|kind| principal.contains(kind)) && principal.starts_with("arn:aws:iam::");
    if !ours {
        return Err(invalid_parameter(format!("The principalArn parameter format is not valid: {principal}")));
    }
    let groups = strings(&body["kubernetesGroups"]);
    if let Some(group) = groups.iter().find(|group| group.starts_with("system:")) {
        let message = format!("The kubernetes group name {group} is invalid, it cannot start with system:");
        return Err(invalid_parameter(message));
    }
    let entry_type = body["type"].as_str().unwrap_or("STANDARD");
    if entry_type != "STANDARD" {
        return Err(invalid_parameter(format!(
            "access entries of type {entry_type} are not served by this region yet"
        )));
    }
    let spec = AccessEntrySpec {
        cluster: cluster.to_owned(),
        username: body["username"].as_str().map_or_else(|| default_username(call.region, principal), str::to_owned),
        principal_arn: principal.to_owned(),
        groups,
        entry_type: entry_type.to_owned(),
        tags: tag_map(&body["tags"]),
        modified_at: Timestamp::now().to_string(),
        ..AccessEntrySpec::default()
    };
    let entry = AccessEntry { metadata: named(&entry_name(cluster, principal)), spec };
    let made = call.objects.create(&entry).await.map_err(Error::internal)?.ok_or_else(|| {
        let message = "The specified access entry resource is already in use on this cluster.";
        Error::client("ResourceInUseException", message).with_status(StatusCode::CONFLICT)
    })?;
    Ok(json!({"accessEntry": show(call, &made)}))
}

pub async fn list(call: &Call<'_>, cluster: &str) -> Result<Value> {
    call.cluster(cluster).await?;
    let all = call.objects.list::<AccessEntry>().await.map_err(Error::internal)?;
    let policy = call.param("associatedPolicyArn");
    let own = |entry: &AccessEntry| {
        entry.spec.cluster == cluster && policy.is_none_or(|policy| entry.spec.policies.contains_key(policy))
    };
    let principals = all.into_iter().filter(own).map(|entry| entry.spec.principal_arn).collect();
    let (entries, next) = call.page(principals)?;
    let mut value = json!({"accessEntries": entries});
    if let Some(next) = next {
        value["nextToken"] = next.into();
    }
    Ok(value)
}

pub async fn describe(call: &Call<'_>, cluster: &str, principal: &str) -> Result<Value> {
    Ok(json!({"accessEntry": show(call, &find(call, cluster, principal).await?)}))
}

async fn change(
    call: &Call<'_>,
    cluster: &str,
    principal: &str,
    mut change: impl FnMut(&mut AccessEntrySpec) -> Result<()>,
) -> Result<AccessEntry> {
    find(call, cluster, principal).await?;
    let name = entry_name(cluster, principal);
    let changed = call.objects.change::<AccessEntry, _>(&name, Part::Spec, |entry| {
        entry.spec.modified_at = Timestamp::now().to_string();
        change(&mut entry.spec)
    });
    changed.await.map_err(Error::internal)?.ok_or_else(|| not_found(principal))?
}

pub async fn update(call: &Call<'_>, cluster: &str, principal: &str) -> Result<Value> {
    let body = &call.request.body;
    let changed = change(call, cluster, principal, |entry| {
        if body["kubernetesGroups"].is_array() {
            entry.groups = strings(&body["kubernetesGroups"]);
        }
        if let Some(username) = body["username"].as_str() {
            username.clone_into(&mut entry.username);
        }
        Ok(())
    });
    Ok(json!({"accessEntry": show(call, &changed.await?)}))
}

pub async fn delete(call: &Call<'_>, cluster: &str, principal: &str) -> Result<Value> {
    find(call, cluster, principal).await?;
    call.objects.delete::<AccessEntry>(&entry_name(cluster, principal)).await.map_err(Error::internal)?;
    Ok(json!({}))
}

fn show_policy(arn: &str, since: &str) -> Value {
    json!({
        "policyArn": arn, "accessScope": {"type": "cluster", "namespaces": []}, "associatedAt": epoch(since),
        "modifiedAt": epoch(since),
    })
}

pub async fn associate(call: &Call<'_>, cluster: &str, principal: &str) -> Result<Value> {
    let body = &call.request.body;
    let arn = text(body, "policyArn").to_owned();
    if !POLICIES.iter().any(|(name, _)| policy_arn(name) == arn) {
        return Err(invalid_parameter(format!("The policyArn parameter format is not valid: {arn}")));
    }
    if text(&body["accessScope"], "type") != "cluster" {
        return Err(invalid_parameter("accessScope.type: only the scope \"cluster\" is served by this region yet"));
    }
    let now = Timestamp::now().to_string();
    change(call, cluster, principal, |entry| {
        entry.policies.insert(arn.clone(), now.clone());
        Ok(())
    })
    .await?;
    Ok(json!({
        "clusterName": cluster, "principalArn": principal, "associatedAccessPolicy": show_policy(&arn, &now),
    }))
}

pub async fn disassociate(call: &Call<'_>, cluster: &str, principal: &str, policy: &str) -> Result<Value> {
    change(call, cluster, principal, |entry| {
        entry.policies.remove(policy).map(|_| ()).ok_or_else(|| {
            let message = format!("The access policy {policy} is not associated with {principal}");
            Error::client("ResourceNotFoundException", message).with_status(StatusCode::NOT_FOUND)
        })
    })
    .await?;
    Ok(json!({}))
}

pub async fn list_policies(call: &Call<'_>, cluster: &str, principal: &str) -> Result<Value> {
    let entry = find(call, cluster, principal).await?;
    let policies: Vec<Value> = entry.spec.policies.iter().map(|(arn, since)| show_policy(arn, since)).collect();
    Ok(json!({"clusterName": cluster, "principalArn": principal, "associatedAccessPolicies": policies}))
}

pub fn all_policies() -> Value {
    let policies: Vec<Value> =
        POLICIES.iter().map(|(name, _)| json!({"name": name, "arn": policy_arn(name)})).collect();
    json!({"accessPolicies": policies})
}
