//! Errors in the shapes that AWS's services give them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::sigv4::Refusal;
use crate::xml;

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// REST with JSON (EKS).
    RestJson,
    /// Forms in, XML out (IAM, STS).
    Query,
    /// EC2's own kind of that.
    Ec2,
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// HTTP code.
    pub status: StatusCode,
    /// AWS's code, e.g. `ResourceNotFoundException`.
    pub code: String,
    /// What happened, to what, and what to do.
    pub message: String,
    /// More members of a modelled exception, e.g. `clusterName`.
    pub members: Map<String, Value>,
}

impl Error {
    /// An error of the client's making.
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.to_owned(), message: message.into(), members: Map::new() }
    }

    /// An error with another HTTP code.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// An error that says more.
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// A fault of the region's own.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        let message = format!("An internal error has occurred: {error}");
        Self::client("InternalFailure", message).with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A signature that counts for nothing, in the words of the protocol.
    #[must_use]
    pub fn refused(refusal: &Refusal, protocol: Protocol) -> Self {
        let code = match (refusal, protocol) {
            (Refusal::Missing, Protocol::RestJson) => "MissingAuthenticationTokenException",
            (Refusal::Missing, Protocol::Query) => "MissingAuthenticationToken",
            (Refusal::Incomplete(_), Protocol::RestJson) => "IncompleteSignatureException",
            (Refusal::Incomplete(_), Protocol::Query) => "IncompleteSignature",
            (Refusal::UnknownKey, Protocol::RestJson) => "UnrecognizedClientException",
            (Refusal::UnknownKey, Protocol::Query) => "InvalidClientTokenId",
            (Refusal::Expired(_) | Refusal::Mismatch, Protocol::RestJson) => "InvalidSignatureException",
            (Refusal::Expired(_) | Refusal::Mismatch, Protocol::Query) => "SignatureDoesNotMatch",
            (Refusal::Missing, Protocol::Ec2) => "MissingParameter",
            (Refusal::Expired(_), Protocol::Ec2) => "RequestExpired",
            (_, Protocol::Ec2) => "AuthFailure",
        };
        let (status, message) = match (refusal, protocol) {
            (Refusal::Missing, Protocol::Ec2) => {
                (StatusCode::BAD_REQUEST, "The request must contain the parameter AWSAccessKeyId".to_owned())
            }
            (Refusal::Expired(_), Protocol::Ec2) => (StatusCode::BAD_REQUEST, "Request has expired.".to_owned()),
            (_, Protocol::Ec2) => {
                (StatusCode::UNAUTHORIZED, "AWS was not able to validate the provided access credentials".to_owned())
            }
            (refusal, _) => (StatusCode::FORBIDDEN, refusal.to_string()),
        };
        Self::client(code, message).with_status(status)
    }

    /// The answer.
    #[must_use]
    pub fn answer(&self, protocol: Protocol, request_id: &str) -> Response<Bytes> {
        let (body, media_type) = match protocol {
            Protocol::RestJson => {
                let mut body = self.members.clone();
                body.insert("message".to_owned(), self.message.clone().into());
                (Value::Object(body).to_string(), "application/json")
            }
            Protocol::Query => {
                let kind = if self.status.is_server_error() { "Receiver" } else { "Sender" };
                let (code, message) = (xml::escape(&self.code), xml::escape(&self.message));
                let error =
                    format!("<Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>");
                let text = format!("<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>");
                (text, "text/xml")
            }
            Protocol::Ec2 => {
                let (code, message) = (xml::escape(&self.code), xml::escape(&self.message));
                let error = format!("<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>");
                let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
                (
                    format!("{head}<Response>{error}<RequestID>{request_id}</RequestID></Response>"),
                    "text/xml;charset=UTF-8",
                )
            }
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Ok(code) = HeaderValue::from_str(&self.code) {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        if let Ok(id) = HeaderValue::from_str(request_id) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }
}
