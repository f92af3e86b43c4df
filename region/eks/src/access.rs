//! Who a token's bearer is to a cluster: the answer to its API server's TokenReview.

use jiff::Timestamp;
use reks_iam::{Caller, Principal, caller_of, secret_of};
use reks_objects::Objects;
use reks_wire::eks_token;
use serde_json::{Value, json};

use crate::objects::AccessEntry;

/// Access policies and the group in which a cluster's roles stand behind each.
pub(crate) const POLICIES: &[(&str, &str)] = &[
    ("AmazonEKSClusterAdminPolicy", "eks:access:cluster-admin"),
    ("AmazonEKSAdminPolicy", "eks:access:admin"),
    ("AmazonEKSEditPolicy", "eks:access:edit"),
    ("AmazonEKSViewPolicy", "eks:access:view"),
];

/// The ARN of an access policy.
pub(crate) fn policy_arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

/// The name of the object of an access entry.
pub(crate) fn entry_name(cluster: &str, principal_arn: &str) -> String {
    format!("{cluster}.{}", reks_objects::ids::digest(&[principal_arn], 32))
}

/// Answers a TokenReview (`authentication.k8s.io/v1`) of a cluster's API server.
///
/// # Errors
/// When the region's API server does not answer: then nobody knows.
pub async fn review(objects: &Objects, cluster: &str, review: &Value) -> Result<Value, reks_objects::Error> {
    let token = review["spec"]["token"].as_str().unwrap_or_default();
    let answer =
        |status: Value| json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status});
    let no = |why: String| answer(json!({"authenticated": false, "error": why}));
    let now = Timestamp::now();
    let Some(access_key) = access_key_in(token) else {
        return Ok(no("this is no token of an IAM principal".to_owned()));
    };
    let secret = secret_of(objects, &access_key, now).await?;
    let verified = match eks_token::verify(token, cluster, |_| secret, now) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(no(refusal.to_string())),
    };
    let Some(caller) = caller_of(objects, &verified.access_key).await? else {
        return Ok(no("the access key's owner is gone".to_owned()));
    };
    let name = entry_name(cluster, &caller.principal_arn());
    let Some(entry) = objects.get::<AccessEntry>(&name).await? else {
        return Ok(no(format!("{} has no access entry for the cluster {cluster}", caller.principal_arn())));
    };
    Ok(answer(json!({"authenticated": true, "user": user(&caller, &verified.access_key, &entry)})))
}

/// The access key that a token says it is signed with. It is believed only after the signature has been verified.
fn access_key_in(token: &str) -> Option<String> {
    use base64::Engine;
    let encoded = token.strip_prefix(eks_token::PREFIX)?.trim_end_matches('=');
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let url = String::from_utf8(url).ok()?;
    let credential = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    let key = credential.split(['%', '/']).next()?;
    key.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| key.to_owned())
}

fn user(caller: &Caller, access_key: &str, entry: &AccessEntry) -> Value {
    let session = match &caller.principal {
        Principal::Session { name, .. } => name.as_str(),
        Principal::User(_) => "",
    };
    let held = |policy: &str| entry.spec.policies.contains_key(&policy_arn(policy));
    let by_policy = POLICIES.iter().filter(|(policy, _)| held(policy)).map(|(_, group)| (*group).to_owned());
    let groups: Vec<String> = entry.spec.groups.iter().cloned().chain(by_policy).collect();
    json!({
        "username": entry.spec.username.replace("{{SessionName}}", session),
        "uid": format!("aws-iam-authenticator:{}:{}", caller.account, caller.user_id.split(':').next().unwrap_or_default()),
        "groups": groups,
        "extra": {
            "arn": [caller.arn()], "canonicalArn": [caller.principal_arn()], "accessKeyId": [access_key],
            "principalId": [caller.user_id], "sessionName": [session],
        },
    })
}
