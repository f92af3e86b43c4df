//! Instance profiles, and the user who asks.

use reks_objects::{Part, created, ids, named};
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Result, no_such};
use crate::Principal;
use crate::objects::{InstanceProfile, InstanceProfileSpec, Role, User};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("GetUser", |call| Box::pin(async move { get_user(&call).await })),
    ("CreateInstanceProfile", |call| Box::pin(async move { create(&call).await })),
    ("GetInstanceProfile", |call| Box::pin(async move { get(&call).await })),
    ("DeleteInstanceProfile", |call| Box::pin(async move { delete(&call).await })),
    ("AddRoleToInstanceProfile", |call| Box::pin(async move { add_role(&call).await })),
    ("RemoveRoleFromInstanceProfile", |call| Box::pin(async move { remove_role(&call).await })),
    ("ListInstanceProfilesForRole", |call| Box::pin(async move { list_for_role(&call).await })),
];

async fn get_user(call: &Call) -> Result<Value> {
    let own = match &call.caller.principal {
        Principal::User(name) => name.as_str(),
        Principal::Session { .. } => "",
    };
    let name = call.form.get("UserName").unwrap_or(own);
    let user = call.objects.get::<User>(name).await.map_err(Error::internal)?.ok_or_else(|| no_such("user", name))?;
    Ok(json!({"User": {
        "UserName": name, "UserId": user.spec.user_id, "Path": "/", "CreateDate": created(&user),
        "Arn": format!("arn:aws:iam::{}:user/{name}", call.caller.account),
    }}))
}

fn show(call: &Call, profile: &InstanceProfile, role: Option<&Role>) -> Value {
    let name = profile.metadata.name.as_deref().unwrap_or_default();
    let InstanceProfileSpec { profile_id, path, .. } = &profile.spec;
    let role = role.map(|role| {
        let name = role.metadata.name.as_deref().unwrap_or_default();
        let spec = &role.spec;
        json!({
            "RoleName": name, "RoleId": spec.role_id, "Path": spec.path, "CreateDate": created(role),
            "Arn": format!("arn:aws:iam::{}:role{}{name}", call.caller.account, spec.path),
        })
    });
    json!({
        "InstanceProfileName": name, "InstanceProfileId": profile_id, "Path": path, "CreateDate": created(profile),
        "Arn": format!("arn:aws:iam::{}:instance-profile{path}{name}", call.caller.account),
        "Roles": role.into_iter().collect::<Vec<_>>(),
    })
}

async fn role_of(call: &Call, profile: &InstanceProfile) -> Result<Option<Role>> {
    match &profile.spec.role {
        Some(role) => call.objects.get::<Role>(role).await.map_err(Error::internal),
        None => Ok(None),
    }
}

async fn create(call: &Call) -> Result<Value> {
    let name = call.required("InstanceProfileName")?;
    let spec = InstanceProfileSpec {
        profile_id: ids::unique("AIPA"),
        path: call.form.get("Path").unwrap_or("/").to_owned(),
        role: None,
        tags: call.tags(),
    };
    let made = call.objects.create(&InstanceProfile { metadata: named(name), spec }).await.map_err(Error::internal)?;
    let made = made.ok_or_else(|| {
        let message = format!("Instance Profile {name} already exists.");
        Error::client("EntityAlreadyExists", message).with_status(http::StatusCode::CONFLICT)
    })?;
    Ok(json!({"InstanceProfile": show(call, &made, None)}))
}

async fn get(call: &Call) -> Result<Value> {
    let name = call.required("InstanceProfileName")?;
    let found = call.objects.get::<InstanceProfile>(name).await.map_err(Error::internal)?;
    let profile = found.ok_or_else(|| no_such("instance profile", name))?;
    Ok(json!({"InstanceProfile": show(call, &profile, role_of(call, &profile).await?.as_ref())}))
}

async fn delete(call: &Call) -> Result<Value> {
    let name = call.required("InstanceProfileName")?;
    if !call.objects.delete::<InstanceProfile>(name).await.map_err(Error::internal)? {
        return Err(no_such("instance profile", name));
    }
    Ok(json!({}))
}

async fn add_role(call: &Call) -> Result<Value> {
    let role = call.required("RoleName")?.to_owned();
    if call.objects.get::<Role>(&role).await.map_err(Error::internal)?.is_none() {
        return Err(no_such("role", &role));
    }
    set_role(call, Some(role)).await
}

async fn remove_role(call: &Call) -> Result<Value> {
    set_role(call, None).await
}

async fn set_role(call: &Call, role: Option<String>) -> Result<Value> {
    let name = call.required("InstanceProfileName")?;
    let changed = call.objects.change::<InstanceProfile, Error>(name, Part::Spec, |profile| {
        if profile.spec.role.is_some() && role.is_some() {
            let message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
            return Err(Error::client("LimitExceeded", message).with_status(http::StatusCode::CONFLICT));
        }
        profile.spec.role.clone_from(&role);
        Ok(())
    });
    changed.await.map_err(Error::internal)?.ok_or_else(|| no_such("instance profile", name))??;
    Ok(json!({}))
}

async fn list_for_role(call: &Call) -> Result<Value> {
    let role = call.required("RoleName")?;
    let found = call.objects.get::<Role>(role).await.map_err(Error::internal)?.ok_or_else(|| no_such("role", role))?;
    let all = call.objects.list::<InstanceProfile>().await.map_err(Error::internal)?;
    let own = all.iter().filter(|profile| profile.spec.role.as_deref() == Some(role));
    let profiles: Vec<Value> = own.map(|profile| show(call, profile, Some(&found))).collect();
    Ok(json!({"InstanceProfiles": profiles, "IsTruncated": false}))
}
