//! The API's actions: one file for STS, one for roles, one for instance profiles and users.

mod profiles;
mod roles;
mod sessions;

use futures::future::BoxFuture;
use reks_objects::Objects;
use reks_wire::Error;
use reks_wire::query::Form;
use serde_json::Value;

use crate::Caller;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A call of an action.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub objects: Objects,
    pub caller: Caller,
    pub form: Form,
}

type Action = fn(Call) -> BoxFuture<'static, Result<Value>>;

/// Answers an action of IAM.
///
/// # Errors
/// What the client is told.
pub async fn iam(objects: &Objects, caller: Caller, form: Form) -> Result<Value> {
    dispatch(&[roles::ACTIONS, profiles::ACTIONS], objects, caller, form).await
}

/// Answers an action of STS.
///
/// # Errors
/// What the client is told.
pub async fn sts(objects: &Objects, caller: Caller, form: Form) -> Result<Value> {
    dispatch(&[sessions::ACTIONS], objects, caller, form).await
}

async fn dispatch(tables: &[&[(&str, Action)]], objects: &Objects, caller: Caller, form: Form) -> Result<Value> {
    let action = form.get("Action").unwrap_or_default().to_owned();
    let version = form.get("Version").unwrap_or_default();
    let found = tables.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == action);
    let Some((_, run)) = found else {
        let message = format!("Could not find operation {action} for version {version}");
        return Err(Error::client("InvalidAction", message));
    };
    run(Call { objects: objects.clone(), caller, form }).await
}

impl Call {
    fn required(&self, name: &str) -> Result<&str> {
        self.form.get(name).ok_or_else(|| {
            let message = format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower(name)
            );
            Error::client("ValidationError", message)
        })
    }

    fn tags(&self) -> std::collections::BTreeMap<String, String> {
        let pair = |form: &Form| {
            (form.get("Key").unwrap_or_default().to_owned(), form.get("Value").unwrap_or_default().to_owned())
        };
        self.form.structures("Tags").iter().map(pair).collect()
    }
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

pub(crate) fn tag_list(tags: &std::collections::BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| serde_json::json!({"Key": key, "Value": value})).collect()
}

/// What is not there, in IAM's words.
pub(crate) fn no_such(kind: &str, name: &str) -> Error {
    Error::client("NoSuchEntity", format!("The {kind} with name {name} cannot be found."))
        .with_status(http::StatusCode::NOT_FOUND)
}
