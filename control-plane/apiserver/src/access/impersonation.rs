//! Acting as someone else (Kubernetes, "User impersonation").

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use reks_auth::{Attributes, User};

use super::Access;
use crate::server::Server;
use crate::status::{Result, Status};

const EXTRA: &str = "impersonate-extra-";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

impl Access {
    /// The user that a request acts as: the one who sends it, or the one that its headers name.
    ///
    /// # Errors
    /// `Forbidden` when the sender may not act as that user.
    pub(crate) fn impersonate(&self, user: User, headers: &HeaderMap, server: &Server) -> Result<User> {
        let all = |name: &str| -> Vec<String> {
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok().map(str::to_owned)).collect()
        };
        let first = |name: &str| all(name).into_iter().next().unwrap_or_default();
        let (name, groups, uid) = (first("impersonate-user"), all("impersonate-group"), first("impersonate-uid"));
        let extras: Vec<(String, Vec<String>)> = headers
            .keys()
            .filter_map(|key| key.as_str().strip_prefix(EXTRA).map(|rest| (key.as_str(), rest)))
            .map(|(key, rest)| (percent_decode_str(rest).decode_utf8_lossy().into_owned(), all(key)))
            .collect();
        if name.is_empty() {
            if groups.is_empty() && uid.is_empty() && extras.is_empty() {
                return Ok(user);
            }
            return Err(Status::bad_request(
                "requested impersonation without impersonating a user: set the header Impersonate-User",
            ));
        }
        let require = |group: &str, resource: &str, subresource: &str, namespace: &str, name: &str| {
            let attributes = Attributes {
                user: &user,
                verb: "impersonate",
                namespace,
                group,
                version: "v1",
                resource,
                subresource,
                name,
                path: "",
            };
            self.require(&attributes, server)
        };
        let account = name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'));
        match account {
            Some((namespace, account)) => require("", "serviceaccounts", "", namespace, account)?,
            None => require("", "users", "", "", &name)?,
        }
        for group in &groups {
            require("", "groups", "", "", group)?;
        }
        if !uid.is_empty() {
            require("authentication.k8s.io", "uids", "", "", &uid)?;
        }
        for (key, values) in &extras {
            for value in values {
                require("authentication.k8s.io", "userextras", key, "", value)?;
            }
        }
        let account_namespace = account.map(|(namespace, _)| namespace.to_owned());
        let mut acted = User { name, uid, groups, extra: extras.into_iter().collect() };
        if let Some(namespace) = account_namespace.filter(|_| acted.groups.is_empty()) {
            acted.groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
        }
        if acted.name == User::anonymous().name {
            acted.groups.push(User::UNAUTHENTICATED.to_owned());
            return Ok(acted);
        }
        Ok(acted.authenticated())
    }
}
