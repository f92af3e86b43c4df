//! STS.

use jiff::{SignedDuration, Timestamp};
use reks_objects::{ids, named};
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Result};
use crate::objects::{AccessKey, AccessKeySpec, Role};

/// Seconds that a session lasts that says nothing, and the shortest.
const DEFAULT_SECONDS: u32 = 3_600;
const SHORTEST_SECONDS: u32 = 900;

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("GetCallerIdentity", |call| Box::pin(async move { Ok(identity(&call)) })),
    ("AssumeRole", |call| Box::pin(async move { assume_role(&call).await })),
];

fn identity(call: &Call) -> Value {
    json!({"Arn": call.caller.arn(), "UserId": call.caller.user_id, "Account": call.caller.account})
}

async fn assume_role(call: &Call) -> Result<Value> {
    let arn = call.required("RoleArn")?;
    let session = call.required("RoleSessionName")?;
    let denied = || {
        let message =
            format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", call.caller.arn());
        Error::client("AccessDenied", message).with_status(http::StatusCode::FORBIDDEN)
    };
    let prefix = format!("arn:aws:iam::{}:role/", call.caller.account);
    let name = arn.strip_prefix(&prefix).and_then(|path| path.rsplit('/').next()).ok_or_else(denied)?;
    let role = call.objects.get::<Role>(name).await.map_err(Error::internal)?.ok_or_else(denied)?;
    if !trusts(&role.spec.trust_policy, &call.caller.account, &call.caller.principal_arn()) {
        return Err(denied());
    }
    let seconds: u32 = call.form.get("DurationSeconds").map_or(Ok(DEFAULT_SECONDS), str::parse).unwrap_or(0);
    if !(SHORTEST_SECONDS..=role.spec.max_session_seconds.max(DEFAULT_SECONDS)).contains(&seconds) {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role, or is below 900.";
        return Err(Error::client("ValidationError", message));
    }
    let now = Timestamp::now();
    let expires = (now + SignedDuration::from_secs(i64::from(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (id, secret, token) = (ids::unique("ASIA"), ids::secret(), ids::session_token());
    let spec = AccessKeySpec {
        secret: secret.clone(),
        role: name.to_owned(),
        session: session.to_owned(),
        session_token: Some(token.clone()),
        expires: Some(expires.clone()),
        ..AccessKeySpec::default()
    };
    call.objects.create(&AccessKey { metadata: named(&id), spec }).await.map_err(Error::internal)?;
    Ok(json!({
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{}:{session}", role.spec.role_id),
            "Arn": format!("arn:aws:sts::{}:assumed-role/{name}/{session}", call.caller.account),
        },
        "Credentials": {
            "AccessKeyId": id, "SecretAccessKey": secret, "SessionToken": token, "Expiration": expires,
        },
    }))
}

/// Whether a trust policy lets a principal of the account in: by its ARN, or by the account as a whole.
fn trusts(policy: &str, account: &str, principal: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return false };
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let root = format!("arn:aws:iam::{account}:root");
    let fits = |statement: &Value| {
        let action =
            list(&statement["Action"]).iter().any(|one| one == "sts:AssumeRole" || one == "sts:*" || one == "*");
        let mut principals = list(&statement["Principal"]["AWS"]);
        principals.extend((statement["Principal"] == "*").then(|| "*".into()));
        action && principals.iter().any(|one| one == "*" || one == account || *one == root || one == principal)
    };
    let statements = list(&policy["Statement"]);
    let of = |effect: &str| statements.iter().any(|one| one["Effect"] == effect && fits(one));
    of("Allow") && !of("Deny")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_policy_lets_in_whom_it_names() {
        let check = |principal: Value, expected: bool| {
            let policy =
                json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]});
            let arn = "arn:aws:iam::123456789012:user/jane";
            assert_eq!(trusts(&policy.to_string(), "123456789012", arn), expected, "{policy}");
        };
        check(json!({"AWS": "arn:aws:iam::123456789012:root"}), true);
        check(json!({"AWS": ["arn:aws:iam::123456789012:user/jane"]}), true);
        check(json!({"AWS": "arn:aws:iam::123456789012:user/joe"}), false);
        check(json!({"Service": "eks.amazonaws.com"}), false);
        assert!(!trusts("no json", "1", "2"));
    }
}
