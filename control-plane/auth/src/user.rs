//! Who calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Who calls (`authentication.k8s.io/v1` UserInfo).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// Name.
    #[serde(rename = "username")]
    pub name: String,
    /// Unique id; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// More about them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// Everyone who has proved who they are.
    pub const AUTHENTICATED: &'static str = "system:authenticated";
    /// Everyone else.
    pub const UNAUTHENTICATED: &'static str = "system:unauthenticated";
    /// Those who may do anything, whatever the roles say.
    pub const MASTERS: &'static str = "system:masters";

    /// A user with groups.
    #[must_use]
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Nobody in particular.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new("system:anonymous", &[Self::UNAUTHENTICATED])
    }

    /// Whether the user is in a group.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|one| one == group)
    }

    /// The user as one who has proved who they are.
    #[must_use]
    pub fn authenticated(mut self) -> Self {
        if !self.is_in(Self::AUTHENTICATED) && !self.is_in(Self::UNAUTHENTICATED) {
            self.groups.push(Self::AUTHENTICATED.to_owned());
        }
        self
    }

    /// The name of the node that this user is, if it is one.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        self.name.strip_prefix("system:node:").filter(|name| !name.is_empty() && self.is_in("system:nodes"))
    }
}
