//! The vectors were signed by botocore 1.43.

use http::HeaderMap;

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn at(text: &str) -> Timestamp {
    read_time(text).unwrap()
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    list.iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())).collect()
}

fn secret(token: Option<&str>) -> impl FnOnce(&str) -> Option<Secret> {
    let token = token.map(str::to_owned);
    move |key| (key == "AKIDEXAMPLE").then(|| Secret { key: SECRET.to_owned(), session_token: token })
}

const CREATE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/eks/aws4_request, \
    SignedHeaders=content-type;host;x-amz-date, Signature=955907e2d98525f1a7233a2341b9d19f6d5df133bd29e9bfc93a4e418ef16908";

fn create(authorization: &str) -> HeaderMap {
    headers(&[
        ("host", "127.0.0.1:4566"),
        ("content-type", "application/json"),
        ("x-amz-date", "20260102T030405Z"),
        ("authorization", authorization),
    ])
}

fn check(headers: &HeaderMap, body: &[u8], now: &str) -> Result<Verified, Refusal> {
    let request = Request { method: "POST", path: "/clusters", query: "", headers, body };
    verify(&request, secret(None), at(now))
}

#[test]
fn what_botocore_signs_is_verified() {
    let verified = check(&create(CREATE), b"{\"name\":\"demo\"}", "20260102T030405Z").unwrap();
    assert_eq!((verified.service.as_str(), verified.region.as_str()), ("eks", "us-east-1"));

    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/eks/aws4_request, \
        SignedHeaders=host;x-amz-date;x-amz-security-token, \
        Signature=8319422d35b2bd4eb1bda207c03cb85e87da5c72235f8d1d41ee6d78d1a9498c";
    let signed = headers(&[
        ("host", "127.0.0.1:4566"),
        ("x-amz-date", "20260102T030405Z"),
        ("x-amz-security-token", "TOKEN"),
        ("authorization", authorization),
    ]);
    let query = "nextToken=a%2Bb&maxResults=1";
    let request = Request { method: "GET", path: "/clusters/a%20b/node-groups", query, headers: &signed, body: b"" };
    assert!(verify(&request, secret(Some("TOKEN")), at("20260102T030600Z")).is_ok());
    assert_eq!(verify(&request, secret(None), at("20260102T030600Z")), Err(Refusal::UnknownKey));

    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/ec2/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, Signature=0727f4f09531e1044f02d6118fbd92bf56d637811eea1315507e2b6b35316e24";
    let signed = headers(&[
        ("host", "127.0.0.1:4566"),
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("x-amz-date", "20260102T030405Z"),
        ("authorization", authorization),
    ]);
    let body = b"Action=DescribeVpcs&Version=2016-11-15";
    let request = Request { method: "POST", path: "/", query: "", headers: &signed, body };
    assert!(verify(&request, secret(None), at("20260102T030405Z")).is_ok());
}

const URL: &str = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&\
    X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&\
    X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=f36dab8ed115234afb15c666c17fc7e106c0de7643f7fa854a049d762abc3385";

#[test]
fn a_url_that_botocore_signs_is_verified() {
    let check = |cluster: &str, now: &str| {
        let headers = headers(&[("host", "127.0.0.1:4566"), ("x-k8s-aws-id", cluster)]);
        let request = Request { method: "GET", path: "/", query: URL, headers: &headers, body: b"" };
        verify(&request, secret(None), at(now)).map(|verified| verified.service)
    };
    assert_eq!(check("demo", "20260102T030500Z"), Ok("sts".to_owned()));
    assert_eq!(check("other", "20260102T030500Z"), Err(Refusal::Mismatch));
    assert!(matches!(check("demo", "20260102T030600Z"), Err(Refusal::Expired(_))));
}

#[test]
fn what_was_changed_is_refused() {
    let body = b"{\"name\":\"demo\"}";
    let now = "20260102T030405Z";
    assert_eq!(check(&create(CREATE), b"{\"name\":\"demi\"}", now), Err(Refusal::Mismatch));
    assert_eq!(check(&create(&CREATE.replace("955907", "955908")), body, now), Err(Refusal::Mismatch));
    assert_eq!(check(&create(&CREATE.replace("AKIDEXAMPLE", "AKIDOTHER")), body, now), Err(Refusal::UnknownKey));
    assert!(matches!(check(&create(CREATE), body, "20260102T031000Z"), Err(Refusal::Expired(_))));
    assert!(matches!(check(&create(CREATE), body, "20260102T025000Z"), Err(Refusal::Expired(_))));
    assert!(matches!(check(&create("Bearer x"), body, now), Err(Refusal::Incomplete(_))));
    let mut unsigned = create(CREATE);
    unsigned.remove("authorization");
    assert_eq!(check(&unsigned, body, now), Err(Refusal::Missing));
    let mut other = create(CREATE);
    other.insert("x-amz-content-sha256", "00".parse().unwrap());
    assert_eq!(check(&other, body, now), Err(Refusal::Mismatch));
}

#[test]
fn what_we_sign_we_verify() {
    let secret_of = Secret { key: SECRET.to_owned(), session_token: Some("T/+=".to_owned()) };
    let signer = Signer { access_key: "AKIDEXAMPLE", secret: &secret_of, region: "us-east-1", service: "sts" };
    let now = at("20260102T030405Z");
    let plain = headers(&[("host", "h"), ("x-k8s-aws-id", "c")]);
    let request = Request { method: "GET", path: "/", query: "Action=GetCallerIdentity", headers: &plain, body: b"" };
    let query = signer.presign(&request, 60, now).unwrap();
    assert!(verify(&Request { query: &query, ..request }, secret(Some("T/+=")), now).is_ok());
    let signed = signer.sign(&request, now).unwrap();
    assert!(verify(&Request { headers: &signed, ..request }, secret(Some("T/+=")), now).is_ok());
}
