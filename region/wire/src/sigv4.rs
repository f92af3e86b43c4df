//! AWS Signature Version 4 (IAM User Guide, "AWS Signature Version 4 for API requests"): verifying what others signed, in
//! headers or in a URL, and signing for ourselves.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::encoding;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TIME: &str = "%Y%m%dT%H%M%SZ";
/// How far the clocks of client and server may be apart, in seconds.
pub const SKEW_SECONDS: i64 = 300;
/// The longest that a signed URL may hold, in seconds (a week).
const LONGEST_URL_SECONDS: i64 = 604_800;
/// Stands for the hash of a body that is not signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Method, e.g. `POST`.
    pub method: &'a str,
    /// Path as it came, still encoded.
    pub path: &'a str,
    /// Query as it came, without the question mark.
    pub query: &'a str,
    /// Headers; `host` among them.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: &'a [u8],
}

/// An access key's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The secret access key.
    pub key: String,
    /// The session token that must come with it, of temporary credentials.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Whose signature it is, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The access key.
    pub access_key: String,
    /// The region that it was signed for.
    pub region: String,
    /// The service that it was signed for.
    pub service: String,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// Why a signature counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none.
    #[error("Missing Authentication Token")]
    Missing,
    /// It cannot be read.
    #[error("{0}")]
    Incomplete(String),
    /// Nobody has this access key, or its session token is another.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// It is too old, or not valid yet.
    #[error("{0}")]
    Expired(String),
    /// It is not the signature of this request by this key.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

/// The parts of a signature.
struct Signature {
    access_key: String,
    date: String,
    region: String,
    service: String,
    signed_headers: Vec<String>,
    signature: String,
    time: String,
    session_token: Option<String>,
    expires: Option<i64>,
}

/// Verifies a request that is signed in its headers or in its query.
///
/// # Errors
/// Why the signature counts for nothing.
pub fn verify(
    request: &Request<'_>,
    secret: impl FnOnce(&str) -> Option<Secret>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let header = request.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let query = encoding::pairs(request.query);
    let signature = match header {
        Some(text) => in_header(text, request.headers)?,
        None if query.iter().any(|(name, _)| name == "X-Amz-Algorithm") => in_query(&query)?,
        None => return Err(Refusal::Missing),
    };
    let signed_at = read_time(&signature.time)?;
    check_time(&signature, signed_at, now)?;
    let secret = secret(&signature.access_key).ok_or(Refusal::UnknownKey)?;
    if secret.session_token != signature.session_token {
        return Err(Refusal::UnknownKey);
    }
    if !signature.signed_headers.iter().any(|name| name == "host") {
        return Err(Refusal::Incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.".to_owned()));
    }
    let canonical =
        canonical(request, &query, &signature.signed_headers, body_hash(request, signature.expires.is_some())?)?;
    let expected = sign_text(&signature, &canonical, &secret.key);
    verify_slices_are_equal(expected.as_bytes(), signature.signature.as_bytes()).map_err(|_| Refusal::Mismatch)?;
    Ok(Verified { access_key: signature.access_key, region: signature.region, service: signature.service, signed_at })
}

/// The access key that a request says it is signed with, for looking its secret up before [`verify`] is asked. Not to be
/// believed before.
#[must_use]
pub fn claimed_key(request: &Request<'_>) -> Option<String> {
    let header = request.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let signature = match header {
        Some(text) => in_header(text, request.headers),
        None => in_query(&encoding::pairs(request.query)),
    };
    signature.ok().map(|signature| signature.access_key)
}

fn in_header(text: &str, headers: &HeaderMap) -> Result<Signature, Refusal> {
    let rest = text
        .strip_prefix(ALGORITHM)
        .ok_or_else(|| Refusal::Incomplete(format!("Unsupported AWS 'algorithm': sign with {ALGORITHM}")))?;
    let field = |name: &str| {
        let found = rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned).ok_or_else(|| {
            Refusal::Incomplete(format!("Authorization header requires '{name}' parameter. Authorization={text}"))
        })
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let time = header("x-amz-date").ok_or_else(|| {
        Refusal::Incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned(),
        )
    })?;
    let token = header("x-amz-security-token");
    assemble(&field("Credential")?, &field("SignedHeaders")?, field("Signature")?, time, token, None)
}

fn in_query(query: &[(String, String)]) -> Result<Signature, Refusal> {
    let field = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
    let required = |name: &str| {
        field(name).ok_or_else(|| Refusal::Incomplete(format!("AWS query-string parameters must include '{name}'.")))
    };
    if required("X-Amz-Algorithm")? != ALGORITHM {
        return Err(Refusal::Incomplete(format!("Unsupported AWS 'algorithm': sign with {ALGORITHM}")));
    }
    let expires = field("X-Amz-Expires").map_or(Ok(LONGEST_URL_SECONDS), |text| text.parse::<i64>().map_err(|_| ()));
    let expires = expires
        .ok()
        .filter(|seconds| (1..=LONGEST_URL_SECONDS).contains(seconds))
        .ok_or_else(|| Refusal::Incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800".to_owned()))?;
    assemble(
        &required("X-Amz-Credential")?,
        &required("X-Amz-SignedHeaders")?,
        required("X-Amz-Signature")?,
        required("X-Amz-Date")?,
        field("X-Amz-Security-Token"),
        Some(expires),
    )
}

fn assemble(
    credential: &str,
    headers: &str,
    signature: String,
    time: String,
    session_token: Option<String>,
    expires: Option<i64>,
) -> Result<Signature, Refusal> {
    let parts: Vec<&str> = credential.split('/').collect();
    let [access_key, date, region, service, "aws4_request"] = parts[..] else {
        return Err(Refusal::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        )));
    };
    if !time.starts_with(date) {
        return Err(Refusal::Incomplete(format!(
            "Date in Credential scope does not match the date of the request: '{date}' and '{time}'"
        )));
    }
    Ok(Signature {
        access_key: access_key.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed_headers: headers.split(';').map(str::to_owned).collect(),
        signature,
        time,
        session_token,
        expires,
    })
}

/// The time in a signature.
///
/// # Errors
/// [`Refusal::Incomplete`] for text that is none.
pub(crate) fn signed_at(text: &str) -> Result<Timestamp, Refusal> {
    read_time(text)
}

fn read_time(text: &str) -> Result<Timestamp, Refusal> {
    DateTime::strptime(TIME, text)
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .map(|time| time.timestamp())
        .map_err(|_| Refusal::Incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{text}'.")))
}

fn check_time(signature: &Signature, signed_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let age = now.as_second() - signed_at.as_second();
    let limit = signature.expires.unwrap_or(SKEW_SECONDS);
    let show = |time: Timestamp| time.strftime(TIME).to_string();
    if age > limit {
        let earliest = now - jiff::SignedDuration::from_secs(limit);
        return Err(Refusal::Expired(format!(
            "Signature expired: {} is now earlier than {} ({} - {limit} s)",
            show(signed_at),
            show(earliest),
            show(now)
        )));
    }
    if age < -SKEW_SECONDS {
        let latest = now + jiff::SignedDuration::from_secs(SKEW_SECONDS);
        return Err(Refusal::Expired(format!(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            show(signed_at),
            show(latest),
            show(now)
        )));
    }
    Ok(())
}

/// The hash of the body that the signature is over: it must be that of the body that came.
fn body_hash(request: &Request<'_>, in_query: bool) -> Result<String, Refusal> {
    let own = hex::encode(digest(&SHA256, request.body));
    match request.headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()) {
        Some(stated) if stated == own => Ok(own),
        Some(UNSIGNED) if in_query => Ok(UNSIGNED.to_owned()),
        Some(_) => Err(Refusal::Mismatch),
        None => Ok(own),
    }
}

fn canonical(
    request: &Request<'_>,
    query: &[(String, String)],
    signed: &[String],
    body: String,
) -> Result<String, Refusal> {
    let mut pairs: Vec<(String, String)> = query
        .iter()
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| (encoding::component(name), encoding::component(value)))
        .collect();
    pairs.sort();
    let query: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers = String::new();
    for name in signed {
        let values: Vec<String> = request
            .headers
            .get_all(name.as_str())
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        if values.is_empty() {
            return Err(Refusal::Mismatch);
        }
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let path = encoding::path(request.path);
    Ok([request.method, &path, &query.join("&"), &headers, &signed.join(";"), &body].join("\n"))
}

fn sign_text(signature: &Signature, canonical: &str, secret: &str) -> String {
    let Signature { date, region, service, time, .. } = signature;
    let hash = hex::encode(digest(&SHA256, canonical.as_bytes()));
    let text = format!("{ALGORITHM}\n{time}\n{date}/{region}/{service}/aws4_request\n{hash}");
    let step = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let key = step(format!("AWS4{secret}").as_bytes(), date);
    let key = [region, service, "aws4_request"].iter().fold(key, |key, part| step(key.as_ref(), part));
    hex::encode(step(key.as_ref(), &text))
}

/// Who signs, and for what.
#[derive(Debug, Clone)]
pub struct Signer<'a> {
    /// The access key.
    pub access_key: &'a str,
    /// Its secret.
    pub secret: &'a Secret,
    /// The region.
    pub region: &'a str,
    /// The service, e.g. `eks`.
    pub service: &'a str,
}

impl Signer<'_> {
    /// Signs a request in its headers, of which `host` must be there.
    ///
    /// # Errors
    /// [`Refusal::Mismatch`] when a value cannot stand in a header.
    pub fn sign(&self, request: &Request<'_>, now: Timestamp) -> Result<HeaderMap, Refusal> {
        let mut headers = request.headers.clone();
        let time = now.strftime(TIME).to_string();
        let put = |headers: &mut HeaderMap, name: &'static str, value: &str| {
            let value = value.parse().map_err(|_| Refusal::Mismatch)?;
            headers.insert(name, value);
            Ok(())
        };
        put(&mut headers, "x-amz-date", &time)?;
        if let Some(token) = &self.secret.session_token {
            put(&mut headers, "x-amz-security-token", token)?;
        }
        let mut signed: Vec<String> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        signed.sort();
        let signature = self.of(time, signed, None);
        let request = Request { headers: &headers, ..*request };
        let canonical = canonical(
            &request,
            &encoding::pairs(request.query),
            &signature.signed_headers,
            body_hash(&request, false)?,
        )?;
        let value = format!(
            "{ALGORITHM} Credential={}/{}/{}/{}/aws4_request, SignedHeaders={}, Signature={}",
            self.access_key,
            signature.date,
            self.region,
            self.service,
            signature.signed_headers.join(";"),
            sign_text(&signature, &canonical, &self.secret.key)
        );
        put(&mut headers, "authorization", &value)?;
        Ok(headers)
    }

    /// The query of a URL that holds for so many seconds, signed with the given headers, `host` among them.
    ///
    /// # Errors
    /// [`Refusal::Mismatch`] when a value cannot stand in a header.
    pub fn presign(&self, request: &Request<'_>, seconds: u32, now: Timestamp) -> Result<String, Refusal> {
        let time = now.strftime(TIME).to_string();
        let mut signed: Vec<String> = request.headers.keys().map(|name| name.as_str().to_owned()).collect();
        signed.sort();
        let signature = self.of(time.clone(), signed, Some(i64::from(seconds)));
        let credential =
            format!("{}/{}/{}/{}/aws4_request", self.access_key, signature.date, self.region, self.service);
        let mut pairs = encoding::pairs(request.query);
        let fields = [
            ("X-Amz-Algorithm", ALGORITHM.to_owned()),
            ("X-Amz-Credential", credential),
            ("X-Amz-Date", time),
            ("X-Amz-Expires", seconds.to_string()),
            ("X-Amz-SignedHeaders", signature.signed_headers.join(";")),
        ];
        pairs.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        if let Some(token) = &self.secret.session_token {
            pairs.push(("X-Amz-Security-Token".to_owned(), token.clone()));
        }
        let canonical = canonical(request, &pairs, &signature.signed_headers, body_hash(request, true)?)?;
        pairs.push(("X-Amz-Signature".to_owned(), sign_text(&signature, &canonical, &self.secret.key)));
        let encoded =
            |(name, value): &(String, String)| format!("{}={}", encoding::component(name), encoding::component(value));
        Ok(pairs.iter().map(encoded).collect::<Vec<_>>().join("&"))
    }

    fn of(&self, time: String, signed_headers: Vec<String>, expires: Option<i64>) -> Signature {
        Signature {
            access_key: self.access_key.to_owned(),
            date: time.chars().take(8).collect(),
            region: self.region.to_owned(),
            service: self.service.to_owned(),
            signed_headers,
            signature: String::new(),
            time,
            session_token: self.secret.session_token.clone(),
            expires,
        }
    }
}

#[cfg(test)]
mod tests;
