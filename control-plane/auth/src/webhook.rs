//! Tokens that someone else knows: a TokenReview (`authentication.k8s.io/v1`) over a Unix socket, with a bounded cache.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::UnixStream;

use crate::User;

/// How long an answer is believed.
const ALLOWED_FOR: Duration = Duration::from_secs(120);
/// How long a refusal is.
const REFUSED_FOR: Duration = Duration::from_secs(10);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Answers that are kept; when there are more, those that no longer count go, then all.
const KEPT: usize = 4_096;
/// The largest answer, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Why there was no answer. Not the same as an answer that nobody knows the token.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Nobody answers at the socket, or not in time, or with something that is no TokenReview.
    #[error("cannot ask {socket} who a token belongs to: {why}; is the region running?")]
    NoAnswer {
        /// The socket.
        socket: PathBuf,
        /// What happened.
        why: String,
    },
}

/// Until when an answer counts, and the answer.
type Kept = (Instant, Option<User>);

/// Asks one socket.
#[derive(Debug)]
pub struct Webhook {
    socket: PathBuf,
    cache: Mutex<HashMap<[u8; 32], Kept>>,
}

impl Webhook {
    /// Asks the socket at a path.
    #[must_use]
    pub fn new(socket: PathBuf) -> Self {
        Self { socket, cache: Mutex::default() }
    }

    /// The user of a token; none when nobody knows it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn authenticate(&self, token: &str) -> Result<Option<User>, WebhookError> {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some((until, user)) = self.cache.lock().get(&key)
            && *until > Instant::now()
        {
            return Ok(user.clone());
        }
        let answer = tokio::time::timeout(TIMEOUT, self.ask(token)).await;
        let answer = answer.map_err(|_| self.no_answer("it takes too long"))??;
        let user = match (&answer["status"]["authenticated"], User::deserialize(&answer["status"]["user"])) {
            (Value::Bool(true), Ok(user)) if !user.name.is_empty() => Some(user),
            _ => None,
        };
        let life = if user.is_some() { ALLOWED_FOR } else { REFUSED_FOR };
        let mut cache = self.cache.lock();
        if cache.len() >= KEPT {
            let now = Instant::now();
            cache.retain(|_, (until, _)| *until > now);
            if cache.len() >= KEPT {
                cache.clear();
            }
        }
        cache.insert(key, (Instant::now() + life, user.clone()));
        Ok(user)
    }

    async fn ask(&self, token: &str) -> Result<Value, WebhookError> {
        let failed = |error: &dyn std::fmt::Display| self.no_answer(&error.to_string());
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| failed(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        // Ends with the sender.
        tokio::spawn(connection);
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token},
        });
        let request = Request::post("/authenticate")
            .header(http::header::HOST, "region")
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(review.to_string())))
            .map_err(|error| failed(&error))?;
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let code = response.status();
        let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await.map_err(|error| failed(&error))?;
        if !code.is_success() {
            return Err(failed(&format!("it answers {code}")));
        }
        serde_json::from_slice(&body.to_bytes()).map_err(|error| failed(&error))
    }

    fn no_answer(&self, why: &str) -> WebhookError {
        WebhookError::NoAnswer { socket: self.socket.clone(), why: why.to_owned() }
    }
}
