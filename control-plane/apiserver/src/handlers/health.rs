//! `/healthz`, `/livez` and `/readyz`.

use http::{Response, StatusCode};

use crate::body::Body;
use crate::render;
use crate::request::RequestInfo;
use crate::server::Server;
use crate::status::{Result, Status};

/// The checks: a name and whether it holds.
type Check = (&'static str, fn(&Server) -> bool);

const CHECKS: &[Check] = &[
    ("ping", |_| true),
    // A read that reaches the file. A closed or broken store fails it.
    ("etcd", |server| server.registry.store.get(b"/registry/health").is_ok()),
];

/// Answers with `ok`, or with the checks when one fails or `?verbose` asks.
///
/// # Errors
/// `NotFound` for a check that does not exist.
pub fn serve(server: &Server, info: &RequestInfo, check: &[&str]) -> Result<Response<Body>> {
    let asked: Vec<&Check> = match check {
        [] => CHECKS.iter().filter(|(name, _)| !info.all("exclude").any(|one| one == *name)).collect(),
        [name] => CHECKS.iter().filter(|(own, _)| own == name).collect(),
        _ => Vec::new(),
    };
    if asked.is_empty() && !check.is_empty() {
        return Err(Status::no_such_path());
    }
    let results: Vec<(&str, bool)> = asked.iter().map(|(name, check)| (*name, check(server))).collect();
    let fine = results.iter().all(|(_, fine)| *fine);
    let text = if fine && info.param("verbose").is_none() {
        "ok".to_owned()
    } else {
        let lines = results.iter().map(|(name, fine)| {
            if *fine { format!("[+]{name} ok\n") } else { format!("[-]{name} failed: reason withheld\n") }
        });
        let probe = info.path.trim_matches('/').split('/').next().unwrap_or_default();
        lines.collect::<String>() + &format!("{probe} check {}\n", if fine { "passed" } else { "failed" })
    };
    let code = if fine { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    let mut response = render::answer(code, crate::negotiate::Format::Json, Body::from(text.into_bytes()));
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}
