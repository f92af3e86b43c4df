//! One rule of a role.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Attributes;

/// A `PolicyRule`: verbs on resources, or on paths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// `*` for all.
    pub verbs: Vec<String>,
    /// `*` for all; the empty string is the core group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// `*`, `pods`, `pods/log` or `*/scale`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// `*`, a path, or a path that ends in `*`.
    #[serde(rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty")]
    pub non_resource_urls: Vec<String>,
}

impl Rule {
    /// The rules of a role's `rules` field.
    #[must_use]
    pub fn list(rules: &Value) -> Vec<Self> {
        rules.as_array().into_iter().flatten().filter_map(|rule| Self::deserialize(rule).ok()).collect()
    }

    /// The rules of those who may do anything.
    #[must_use]
    pub fn everything() -> [Self; 2] {
        let all = || vec!["*".to_owned()];
        [
            Self { verbs: all(), api_groups: all(), resources: all(), ..Self::default() },
            Self { verbs: all(), non_resource_urls: all(), ..Self::default() },
        ]
    }

    /// Whether the rule allows a request.
    #[must_use]
    pub fn allows(&self, attributes: &Attributes<'_>) -> bool {
        if !has(&self.verbs, attributes.verb) {
            return false;
        }
        if attributes.resource.is_empty() {
            return self.non_resource_urls.iter().any(|url| covers_path(url, attributes.path));
        }
        has(&self.api_groups, attributes.group)
            && self.has_resource(attributes.resource, attributes.subresource)
            && (self.resource_names.is_empty() || self.resource_names.iter().any(|name| name == attributes.name))
    }

    /// Whether the rule is about a resource and subresource.
    #[must_use]
    pub fn has_resource(&self, resource: &str, subresource: &str) -> bool {
        self.resources.iter().any(|own| match own.split_once('/') {
            _ if own == "*" => true,
            None => own == resource && subresource.is_empty(),
            Some(("*", sub)) => !subresource.is_empty() && sub == subresource,
            Some((main, sub)) => main == resource && sub == subresource,
        })
    }
}

/// Whether a list has an item, or all.
pub(super) fn has(list: &[String], item: &str) -> bool {
    list.iter().any(|one| one == "*" || one == item)
}

/// Whether a rule's path covers another.
pub(super) fn covers_path(own: &str, path: &str) -> bool {
    own == "*" || own == path || own.strip_suffix('*').is_some_and(|start| path.starts_with(start))
}
