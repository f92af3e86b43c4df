//! Roles and their policies.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reks_objects::{Part, created, ids, named};
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Result, no_such, tag_list};
use crate::objects::{Role, RoleSpec};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("CreateRole", |call| Box::pin(async move { create(&call).await })),
    ("GetRole", |call| Box::pin(async move { Ok(json!({"Role": show(&call, &get(&call).await?)})) })),
    ("ListRoles", |call| Box::pin(async move { list(&call).await })),
    ("DeleteRole", |call| Box::pin(async move { delete(&call).await })),
    ("UpdateAssumeRolePolicy", |call| Box::pin(async move { update_trust(&call).await })),
    ("UpdateRole", |call| Box::pin(async move { update(&call).await })),
    ("AttachRolePolicy", |call| Box::pin(async move { attach(&call).await })),
    ("DetachRolePolicy", |call| Box::pin(async move { detach(&call).await })),
    ("ListAttachedRolePolicies", |call| Box::pin(async move { list_attached(&call).await })),
    ("PutRolePolicy", |call| Box::pin(async move { put_inline(&call).await })),
    ("GetRolePolicy", |call| Box::pin(async move { get_inline(&call).await })),
    ("DeleteRolePolicy", |call| Box::pin(async move { delete_inline(&call).await })),
    ("ListRolePolicies", |call| Box::pin(async move { list_inline(&call).await })),
    ("TagRole", |call| Box::pin(async move { tag(&call).await })),
    ("UntagRole", |call| Box::pin(async move { untag(&call).await })),
    ("ListRoleTags", |call| Box::pin(async move { list_tags(&call).await })),
];

async fn get(call: &Call) -> Result<Role> {
    let name = call.required("RoleName")?;
    call.objects.get::<Role>(name).await.map_err(Error::internal)?.ok_or_else(|| no_such("role", name))
}

async fn change(call: &Call, mut change: impl FnMut(&mut RoleSpec) -> Result<()>) -> Result<Role> {
    let name = call.required("RoleName")?;
    let changed = call.objects.change::<Role, _>(name, Part::Spec, |role| change(&mut role.spec)).await;
    changed.map_err(Error::internal)?.ok_or_else(|| no_such("role", name))?
}

/// A role as IAM shows it.
fn show(call: &Call, role: &Role) -> Value {
    let name = role.metadata.name.as_deref().unwrap_or_default();
    let RoleSpec { role_id, path, trust_policy, description, max_session_seconds, tags, .. } = &role.spec;
    let mut value = json!({
        "RoleName": name, "RoleId": role_id, "Path": path,
        "Arn": format!("arn:aws:iam::{}:role{path}{name}", call.caller.account),
        "CreateDate": created(role),
        "AssumeRolePolicyDocument": utf8_percent_encode(trust_policy, NON_ALPHANUMERIC).to_string(),
        "MaxSessionDuration": max_session_seconds, "RoleLastUsed": {},
    });
    if let Some(description) = description {
        value["Description"] = description.as_str().into();
    }
    if !tags.is_empty() {
        value["Tags"] = tag_list(tags);
    }
    value
}

async fn create(call: &Call) -> Result<Value> {
    let name = call.required("RoleName")?;
    check_name("roleName", name)?;
    let trust_policy = call.required("AssumeRolePolicyDocument")?.to_owned();
    check_document(&trust_policy)?;
    let spec = RoleSpec {
        role_id: ids::unique("AROA"),
        path: call.form.get("Path").unwrap_or("/").to_owned(),
        trust_policy,
        description: call.form.get("Description").map(str::to_owned),
        max_session_seconds: call.form.get("MaxSessionDuration").and_then(|text| text.parse().ok()).unwrap_or(3_600),
        tags: call.tags(),
        ..RoleSpec::default()
    };
    let made = call.objects.create(&Role { metadata: named(name), spec }).await.map_err(Error::internal)?;
    let made = made.ok_or_else(|| {
        let message = format!("Role with name {name} already exists.");
        Error::client("EntityAlreadyExists", message).with_status(http::StatusCode::CONFLICT)
    })?;
    Ok(json!({"Role": show(call, &made)}))
}

/// IAM's names: letters, digits and `+=,.@_-`, at most 64.
fn check_name(field: &str, name: &str) -> Result<()> {
    let fine = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c));
    if fine {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+=,.@-]+, and have length less than or equal to 64"
    );
    Err(Error::client("ValidationError", message))
}

fn check_document(text: &str) -> Result<()> {
    match serde_json::from_str::<Value>(text) {
        Ok(document) if !document["Statement"].is_null() => Ok(()),
        _ => Err(Error::client("MalformedPolicyDocument", "This policy contains invalid Json, or no Statement")),
    }
}

async fn list(call: &Call) -> Result<Value> {
    let prefix = call.form.get("PathPrefix").unwrap_or("/");
    let all = call.objects.list::<Role>().await.map_err(Error::internal)?;
    let roles: Vec<Value> =
        all.iter().filter(|role| role.spec.path.starts_with(prefix)).map(|role| show(call, role)).collect();
    Ok(json!({"Roles": roles, "IsTruncated": false}))
}

async fn delete(call: &Call) -> Result<Value> {
    let role = get(call).await?;
    let conflict =
        |message: &str| Err(Error::client("DeleteConflict", message).with_status(http::StatusCode::CONFLICT));
    if !role.spec.attached_policies.is_empty() {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if !role.spec.inline_policies.is_empty() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    let name = role.metadata.name.unwrap_or_default();
    let profiles = call.objects.list::<crate::objects::InstanceProfile>().await.map_err(Error::internal)?;
    if profiles.iter().any(|profile| profile.spec.role.as_deref() == Some(&name)) {
        return conflict("Cannot delete entity, must remove roles from instance profile first.");
    }
    call.objects.delete::<Role>(&name).await.map_err(Error::internal)?;
    Ok(json!({}))
}

async fn update_trust(call: &Call) -> Result<Value> {
    let document = call.required("PolicyDocument")?.to_owned();
    check_document(&document)?;
    change(call, |role| {
        role.trust_policy.clone_from(&document);
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn update(call: &Call) -> Result<Value> {
    let description = call.form.get("Description").map(str::to_owned);
    let seconds = call.form.get("MaxSessionDuration").and_then(|text| text.parse().ok());
    change(call, |role| {
        role.description = description.clone().or(role.description.take());
        role.max_session_seconds = seconds.unwrap_or(role.max_session_seconds);
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn attach(call: &Call) -> Result<Value> {
    let arn = call.required("PolicyArn")?.to_owned();
    if !arn.starts_with("arn:aws:iam::aws:policy/") {
        let message = format!("Policy {arn} does not exist or is not attachable.");
        return Err(Error::client("NoSuchEntity", message).with_status(http::StatusCode::NOT_FOUND));
    }
    change(call, |role| {
        if !role.attached_policies.contains(&arn) {
            role.attached_policies.push(arn.clone());
        }
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn detach(call: &Call) -> Result<Value> {
    let arn = call.required("PolicyArn")?.to_owned();
    change(call, |role| {
        let before = role.attached_policies.len();
        role.attached_policies.retain(|one| *one != arn);
        if role.attached_policies.len() == before {
            let message = format!("Policy {arn} was not found.");
            return Err(Error::client("NoSuchEntity", message).with_status(http::StatusCode::NOT_FOUND));
        }
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn list_attached(call: &Call) -> Result<Value> {
    let role = get(call).await?;
    let show = |arn: &String| json!({"PolicyArn": arn, "PolicyName": arn.rsplit('/').next()});
    let policies: Vec<Value> = role.spec.attached_policies.iter().map(show).collect();
    Ok(json!({"AttachedPolicies": policies, "IsTruncated": false}))
}

async fn put_inline(call: &Call) -> Result<Value> {
    let name = call.required("PolicyName")?.to_owned();
    let document = call.required("PolicyDocument")?.to_owned();
    check_document(&document)?;
    change(call, |role| {
        role.inline_policies.insert(name.clone(), document.clone());
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn get_inline(call: &Call) -> Result<Value> {
    let role = get(call).await?;
    let name = call.required("PolicyName")?;
    let document = role.spec.inline_policies.get(name).ok_or_else(|| no_such("role policy", name))?;
    Ok(json!({
        "RoleName": role.metadata.name, "PolicyName": name,
        "PolicyDocument": utf8_percent_encode(document, NON_ALPHANUMERIC).to_string(),
    }))
}

async fn delete_inline(call: &Call) -> Result<Value> {
    let name = call.required("PolicyName")?.to_owned();
    change(call, |role| role.inline_policies.remove(&name).map(|_| ()).ok_or_else(|| no_such("role policy", &name)))
        .await?;
    Ok(json!({}))
}

async fn list_inline(call: &Call) -> Result<Value> {
    let names: Vec<String> = get(call).await?.spec.inline_policies.into_keys().collect();
    Ok(json!({"PolicyNames": names, "IsTruncated": false}))
}

async fn tag(call: &Call) -> Result<Value> {
    let tags = call.tags();
    change(call, |role| {
        role.tags.extend(tags.clone());
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn untag(call: &Call) -> Result<Value> {
    let keys = call.form.list("TagKeys");
    change(call, |role| {
        role.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

async fn list_tags(call: &Call) -> Result<Value> {
    Ok(json!({"Tags": tag_list(&get(call).await?.spec.tags), "IsTruncated": false}))
}
