//! Subjects of role bindings: users and groups are of RBAC's own API group.

use serde_json::{Map, Value};

use super::object::{set_zero, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    if matches!(text(object, "kind"), "User" | "Group") {
        set_zero(object, "apiGroup", "rbac.authorization.k8s.io");
    }
}
