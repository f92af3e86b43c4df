//! The objects: users, access keys (temporary ones too), roles, instance profiles.

use std::collections::BTreeMap;

use kube::CustomResource;
use reks_kinds::{Kind, NameRule};
use serde::{Deserialize, Serialize};

/// The API group.
pub const GROUP: &str = "iam.reks.dev";

/// The rows of the kinds, for the region's API server.
#[must_use]
pub fn kinds() -> &'static [&'static Kind] {
    const fn kind(kind: &'static str, plural: &'static str, singular: &'static str) -> Kind {
        Kind { name_rule: NameRule::PathSegment, ..Kind::new(GROUP, "v1", kind, plural, singular, true) }
    }
    static KINDS: [Kind; 4] = [
        kind("User", "users", "user"),
        kind("AccessKey", "accesskeys", "accesskey"),
        kind("Role", "roles", "role"),
        kind("InstanceProfile", "instanceprofiles", "instanceprofile"),
    ];
    static ROWS: [&Kind; 4] = [&KINDS[0], &KINDS[1], &KINDS[2], &KINDS[3]];
    &ROWS
}

/// A user, by name.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "iam.reks.dev", version = "v1", kind = "User", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct UserSpec {
    /// `AIDA…`.
    pub user_id: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// An access key, by its id: a user's, or one of a session in a role.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "iam.reks.dev", version = "v1", kind = "AccessKey", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct AccessKeySpec {
    /// The secret.
    pub secret: String,
    /// The user that it belongs to; empty for a session's.
    pub user: String,
    /// The role of the session; empty for a user's.
    pub role: String,
    /// The name of the session.
    pub session: String,
    /// What must be sent along, for a session's.
    pub session_token: Option<String>,
    /// When it ends (RFC 3339), for a session's.
    pub expires: Option<String>,
}

/// A role, by name.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "iam.reks.dev", version = "v1", kind = "Role", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct RoleSpec {
    /// `AROA…`.
    pub role_id: String,
    /// `/`, or a path.
    pub path: String,
    /// Who may act in it: a policy document.
    pub trust_policy: String,
    /// What it is for.
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session_seconds: u32,
    /// ARNs of the managed policies.
    pub attached_policies: Vec<String>,
    /// Its own policies: name and document.
    pub inline_policies: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// An instance profile, by name.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "iam.reks.dev", version = "v1", kind = "InstanceProfile", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceProfileSpec {
    /// `AIPA…`.
    pub profile_id: String,
    /// `/`, or a path.
    pub path: String,
    /// Its role; at most one.
    pub role: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}
