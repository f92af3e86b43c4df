//! Errors as the API tells them: `metav1.Status`, with upstream's reasons, codes and words
//! (`k8s.io/apimachinery/pkg/api/errors`).

use http::StatusCode;
use reks_kinds::{FieldError, Kind};
use serde_json::{Value, json};

/// A failure on its way to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// HTTP code.
    pub code: StatusCode,
    /// Machine-readable reason, e.g. `NotFound`.
    pub reason: &'static str,
    /// What happened, to what.
    pub message: String,
    /// `details`, or null.
    pub details: Value,
}

/// What most of this crate returns.
pub type Result<T> = std::result::Result<T, Status>;

impl Status {
    /// A status without details.
    pub fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    /// The object is not there.
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", qualified(kind));
        Self::new(StatusCode::NOT_FOUND, "NotFound", message).about(kind, name)
    }

    /// No such path.
    pub fn no_such_path() -> Self {
        let mut status =
            Self::new(StatusCode::NOT_FOUND, "NotFound", "the server could not find the requested resource");
        status.details = json!({});
        status
    }

    /// The name is taken.
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", qualified(kind));
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message).about(kind, name)
    }

    /// The change was made against a state that is no more.
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", qualified(kind));
        Self::new(StatusCode::CONFLICT, "Conflict", message).about(kind, name)
    }

    /// Someone changed the object in between.
    pub fn modified(kind: &Kind, name: &str) -> Self {
        Self::conflict(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// Fields are wrong.
    pub fn invalid(kind: &Kind, name: &str, errors: &[FieldError]) -> Self {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let what = match lines.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let qualified_kind =
            if kind.group.is_empty() { kind.kind.to_owned() } else { format!("{}.{}", kind.kind, kind.group) };
        let causes: Vec<Value> = errors
            .iter()
            .map(|error| json!({"reason": error.reason.cause(), "message": error.message, "field": error.field}))
            .collect();
        let mut status = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid",
            format!("{qualified_kind} \"{name}\" is invalid: {what}"),
        );
        status.details = json!({"name": name, "group": kind.group, "kind": kind.kind, "causes": causes});
        status
    }

    /// The request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// The caller may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// Nobody knows who calls.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized")
    }

    /// This resource does not do that.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
    }

    /// The asked revision is compacted.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "Expired", message)
    }

    /// The body is of a type that this endpoint does not take.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    /// Try again later.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message)
    }

    /// The server is not able to now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// A fault of the server's own.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", format!("Internal error occurred: {message}"))
    }

    /// Says which object it is about.
    #[must_use]
    pub fn about(mut self, kind: &Kind, name: &str) -> Self {
        let mut details = json!({"name": name, "kind": kind.plural});
        if !kind.group.is_empty() {
            details["group"] = kind.group.into();
        }
        self.details = details;
        self
    }

    /// The `metav1.Status` object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code.as_u16(),
        });
        if !self.details.is_null() {
            value["details"] = self.details.clone();
        }
        value
    }
}

/// `pods`, or `deployments.apps`.
#[must_use]
pub fn qualified(kind: &Kind) -> String {
    if kind.group.is_empty() { kind.plural.to_owned() } else { format!("{}.{}", kind.plural, kind.group) }
}

impl From<reks_store::Error> for Status {
    fn from(error: reks_store::Error) -> Self {
        Self::internal(error)
    }
}
