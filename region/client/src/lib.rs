//! A client of the region's AWS-shaped APIs: what `reks up`, `reks status` and the benchmarks call, as any client would.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use reks_wire::sigv4::{self, Secret, Signer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpStream;

/// What a client needs to call a region.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The account.
    pub account: String,
    /// The region's name.
    pub region: String,
    /// Where its APIs are.
    pub endpoint: String,
    /// The access key.
    pub access_key: String,
    /// Its secret.
    pub secret: String,
}

/// Calls one region with one user's credentials.
pub struct Aws {
    /// Whose.
    pub credentials: Credentials,
}

impl Aws {
    /// Calls an action of a service that speaks the query protocol. Gives the XML.
    ///
    /// # Errors
    /// What the service says, or that it does not answer.
    pub async fn query(
        &self,
        service: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let (status, text) =
            self.send(service, Method::POST, "/", "application/x-www-form-urlencoded", body.into_bytes()).await?;
        let text = String::from_utf8_lossy(&text).into_owned();
        if !status.is_success() {
            let field = |name: &str| element(&text, name).unwrap_or_default().to_owned();
            bail!("{action}: {}: {}", field("Code"), field("Message"));
        }
        Ok(text)
    }

    /// Calls an operation of EKS. Gives its answer, or none when what it asks for is not there.
    ///
    /// # Errors
    /// What the service says, or that it does not answer.
    pub async fn eks(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Option<Value>> {
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let (status, text) = self.send("eks", method.clone(), path, "application/json", bytes).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let value: Value = serde_json::from_slice(&text).unwrap_or(Value::Null);
        if !status.is_success() {
            bail!("{method} {path}: {status}: {}", value["message"].as_str().unwrap_or_default());
        }
        Ok(Some(value))
    }

    async fn send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        media_type: &'static str,
        body: Vec<u8>,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let address = self.credentials.endpoint.trim_start_matches("http://").to_owned();
        let secret = Secret { key: self.credentials.secret.clone(), session_token: None };
        let signer = Signer {
            access_key: &self.credentials.access_key,
            secret: &secret,
            region: &self.credentials.region,
            service,
        };
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&address)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        let request = sigv4::Request { method: method.as_str(), path, query: "", headers: &headers, body: &body };
        let headers = signer.sign(&request, Timestamp::now())?;
        let stream = TcpStream::connect(&address)
            .await
            .with_context(|| format!("the region does not answer at {address}: `reks up` starts it"))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the sender.
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path);
        if let Some(own) = request.headers_mut() {
            *own = headers;
        }
        let response = sender.send_request(request.body(Full::<Bytes>::from(body))?).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// The text of the first element of a name.
#[must_use]
pub fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let from = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let length = xml[from..].find(&format!("</{name}>"))?;
    Some(&xml[from..from + length])
}
