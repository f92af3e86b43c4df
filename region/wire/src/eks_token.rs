//! The token of `aws eks get-token`: a signed URL of STS's GetCallerIdentity, which names the cluster in a signed header.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jiff::Timestamp;

use crate::encoding;
use crate::sigv4::{self, Refusal, Request, Secret, Signer, Verified};

/// What every token begins with.
pub const PREFIX: &str = "k8s-aws-v1.";
/// The header that names the cluster.
const CLUSTER: &str = "x-k8s-aws-id";
/// How long a token is taken after it was signed, in seconds, whatever its URL says (aws-iam-authenticator has 15 minutes).
pub const LIFE_SECONDS: i64 = 900;
/// The longest token that is looked at, in bytes (aws-iam-authenticator's limit).
const LONGEST: usize = 4 * 1024;
/// Parameters that a token's URL may have; anything else makes it a URL of something else.
const PARAMETERS: &[&str] = &[
    "Action",
    "Version",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// Verifies a token for a cluster. Gives whose signature it is.
///
/// # Errors
/// Why it counts for nothing.
pub fn verify(
    token: &str,
    cluster: &str,
    secret: impl FnOnce(&str) -> Option<Secret>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let malformed = |why: &str| Refusal::Incomplete(format!("the token is not one of `aws eks get-token`: {why}"));
    if token.len() > LONGEST {
        return Err(malformed("it is too long"));
    }
    let encoded = token.strip_prefix(PREFIX).ok_or_else(|| malformed("it does not begin with k8s-aws-v1."))?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('=')).map_err(|_| malformed("it is not base64"))?;
    let url = String::from_utf8(bytes).map_err(|_| malformed("it is not text"))?;
    let rest = url.split_once("://").map(|(_, rest)| rest).ok_or_else(|| malformed("it holds no URL"))?;
    let (address, query) = rest.split_once('?').ok_or_else(|| malformed("its URL has no query"))?;
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    if !path.is_empty() {
        return Err(malformed("its URL has a path"));
    }
    let pairs = encoding::pairs(query);
    let value = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    if value("Action") != Some("GetCallerIdentity") {
        return Err(malformed("its URL does not ask for GetCallerIdentity"));
    }
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
        return Err(malformed(&format!("its URL has the parameter {name}")));
    }
    let signed = value("X-Amz-SignedHeaders").unwrap_or_default();
    if !signed.split(';').any(|name| name == CLUSTER) {
        return Err(malformed("the cluster's name is not signed"));
    }
    let mut headers = HeaderMap::new();
    headers.insert(http::header::HOST, host.parse().map_err(|_| malformed("its host is not one"))?);
    headers.insert(CLUSTER, cluster.parse().map_err(|_| malformed("the cluster's name cannot be in a header"))?);
    let request = Request { method: "GET", path: "/", query, headers: &headers, body: b"" };
    // The URL holds for a minute, the token for longer: its age is judged here, and its signature as of when it was made.
    let signed_at = sigv4::signed_at(value("X-Amz-Date").unwrap_or_default())?;
    let age = now.as_second() - signed_at.as_second();
    if !(-sigv4::SKEW_SECONDS..=LIFE_SECONDS).contains(&age) {
        return Err(Refusal::Expired(format!("the token is {age} seconds old: it holds for {LIFE_SECONDS}")));
    }
    let verified = sigv4::verify(&request, secret, signed_at)?;
    if verified.service == "sts" { Ok(verified) } else { Err(malformed("it is signed for another service than sts")) }
}

/// Makes a token for a cluster, as `aws eks get-token` does.
///
/// # Errors
/// When the host or the cluster's name cannot stand in a header.
pub fn make(signer: &Signer<'_>, host: &str, cluster: &str, now: Timestamp) -> Result<String, Refusal> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::HOST, host.parse().map_err(|_| Refusal::Mismatch)?);
    headers.insert(CLUSTER, cluster.parse().map_err(|_| Refusal::Mismatch)?);
    let query = "Action=GetCallerIdentity&Version=2011-06-15";
    let request = Request { method: "GET", path: "/", query, headers: &headers, body: b"" };
    let query = signer.presign(&request, 60, now)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(format!("https://{host}/?{query}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_one_cluster_and_a_quarter_of_an_hour() {
        let secret = Secret { key: "s".to_owned(), session_token: None };
        let signer = Signer { access_key: "AKID", secret: &secret, region: "us-east-1", service: "sts" };
        let made = Timestamp::from_second(1_800_000_000).unwrap();
        let token = make(&signer, "127.0.0.1:4566", "demo", made).unwrap();
        let check = |token: &str, cluster: &str, later: i64| {
            let now = Timestamp::from_second(1_800_000_000 + later).unwrap();
            verify(token, cluster, |_| Some(secret.clone()), now).map(|verified| verified.access_key)
        };
        assert_eq!(check(&token, "demo", 0), Ok("AKID".to_owned()));
        assert_eq!(check(&token, "demo", 890), Ok("AKID".to_owned()));
        assert!(matches!(check(&token, "demo", 901), Err(Refusal::Expired(_))));
        assert_eq!(check(&token, "other", 0), Err(Refusal::Mismatch));
        for bad in ["", "k8s-aws-v1.", "k8s-aws-v1.!!", &token[11..], &format!("{token}A")] {
            assert!(check(bad, "demo", 0).is_err(), "{bad}");
        }
        let eks = Signer { service: "eks", ..signer };
        assert!(check(&make(&eks, "h", "demo", made).unwrap(), "demo", 0).is_err());
    }
}
