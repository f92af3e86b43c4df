//! `reks token`: what `aws eks get-token` prints, for machines without the AWS CLI.

use jiff::{SignedDuration, Timestamp};
use reks_wire::eks_token;
use reks_wire::sigv4::{Secret, Signer};
use serde_json::json;

use crate::credentials;
use crate::serve::Settings;

/// How long kubectl may keep the token, in seconds: a minute less than it holds, as the AWS CLI says.
const KEPT_SECONDS: i64 = 14 * 60;

/// Prints an ExecCredential (`client.authentication.k8s.io/v1beta1`).
pub fn main(settings: &Settings, cluster: &str) -> anyhow::Result<()> {
    let credentials = credentials::read(&settings.places)?;
    let secret = Secret { key: credentials.secret, session_token: None };
    let signer =
        Signer { access_key: &credentials.access_key, secret: &secret, region: &credentials.region, service: "sts" };
    let now = Timestamp::now();
    let host = credentials.endpoint.trim_start_matches("http://");
    let token = eks_token::make(&signer, host, cluster, now)?;
    let until = (now + SignedDuration::from_secs(KEPT_SECONDS)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let credential = json!({
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1", "spec": {},
        "status": {"expirationTimestamp": until, "token": token},
    });
    println!("{credential}");
    Ok(())
}
