//! What clusters do not have yet, listed truly as nothing, and the versions that they can have.

use http::StatusCode;
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Call, Result};
use crate::versions::VERSIONS;

/// Kinds of which this region has none, and the member that lists them.
const NONE: &[(&str, &str)] = &[
    ("node-groups", "nodegroups"),
    ("addons", "addons"),
    ("fargate-profiles", "fargateProfileNames"),
    ("identity-provider-configs", "identityProviderConfigs"),
    ("pod-identity-associations", "associations"),
    ("updates", "updateIds"),
];

pub async fn empty(call: &Call<'_>, cluster: &str, kind: &str) -> Result<Value> {
    let found = NONE.iter().find(|(own, _)| *own == kind);
    let Some((_, member)) = found else {
        let message = format!("clusters have no {kind}");
        return Err(Error::client("UnknownOperationException", message).with_status(StatusCode::NOT_FOUND));
    };
    call.cluster(cluster).await?;
    Ok(json!({*member: []}))
}

pub fn versions() -> Value {
    let list: Vec<Value> = VERSIONS
        .iter()
        .enumerate()
        .map(|(number, version)| {
            json!({
                "clusterVersion": version.minor, "clusterType": "eks", "defaultPlatformVersion": version.platform,
                "defaultVersion": number == 0, "status": "standard-support", "versionStatus": "STANDARD_SUPPORT",
                "kubernetesPatchVersion": version.git.trim_start_matches('v').split('-').next(),
            })
        })
        .collect();
    json!({"clusterVersions": list})
}
