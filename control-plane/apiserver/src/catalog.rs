//! Which resources a server serves.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use reks_kinds::{Kind, Storage};
use reks_store::KeyRange;

/// One served resource and where its objects are kept.
#[derive(Debug)]
pub struct Resource {
    /// Names and rules.
    pub kind: &'static Kind,
    /// The prefix of its keys, `/registry/<group>/<plural>/`.
    pub prefix: String,
}

impl Resource {
    fn new(kind: &'static Kind) -> Self {
        let (group, plural) = match kind.storage {
            Storage::As { group, plural, .. } => (group, plural),
            Storage::Own | Storage::Virtual => (kind.group, kind.plural),
        };
        let group = if group.is_empty() { "core" } else { group };
        Self { kind, prefix: format!("/registry/{group}/{plural}/") }
    }

    /// The key of one object.
    #[must_use]
    pub fn key(&self, namespace: Option<&str>, name: &str) -> Bytes {
        match namespace {
            Some(namespace) => format!("{}{namespace}/{name}", self.prefix),
            None => format!("{}{name}", self.prefix),
        }
        .into_bytes()
        .into()
    }

    /// The keys of all objects, or of one namespace's.
    #[must_use]
    pub fn keys(&self, namespace: Option<&str>) -> KeyRange {
        KeyRange::prefix(match namespace {
            Some(namespace) => format!("{}{namespace}/", self.prefix),
            None => self.prefix.clone(),
        })
    }
}

/// The resources of a server, by group, version and plural.
#[derive(Debug, Default)]
pub struct Catalog {
    resources: BTreeMap<(String, String, String), Arc<Resource>>,
}

impl Catalog {
    /// A catalog of these kinds.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = &'static Kind>) -> Self {
        let resources = kinds
            .into_iter()
            .map(|kind| {
                let key = (kind.group.to_owned(), kind.version.to_owned(), kind.plural.to_owned());
                (key, Arc::new(Resource::new(kind)))
            })
            .collect();
        Self { resources }
    }

    /// The resource at a path.
    #[must_use]
    pub fn get(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        self.resources.get(&(group.to_owned(), version.to_owned(), plural.to_owned())).cloned()
    }

    /// Every resource, ordered by group, version and plural.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }

    /// The groups but the core one, each with its versions, the preferred one first.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (group, version, _) in self.resources.keys().filter(|(group, ..)| !group.is_empty()) {
            let versions = groups.entry(group).or_default();
            if !versions.contains(&version.as_str()) {
                versions.push(version);
            }
        }
        for versions in groups.values_mut() {
            versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
        }
        groups
    }
}

/// Kubernetes' order of versions: `v2` before `v1` before `v1beta2` before `v1alpha1`.
fn version_rank(version: &str) -> (u8, u32, u32) {
    let rest = version.strip_prefix('v').unwrap_or(version);
    let (stability, major, minor) = match (rest.split_once("beta"), rest.split_once("alpha")) {
        (Some((major, minor)), _) => (1, major, minor),
        (_, Some((major, minor))) => (0, major, minor),
        _ => (2, rest, "0"),
    };
    (stability, major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_in_kubernetes_order() {
        let mut versions = ["v1alpha1", "v1beta1", "v2", "v1", "v1beta2", "v10"];
        versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
        assert_eq!(versions, ["v10", "v2", "v1", "v1beta2", "v1beta1", "v1alpha1"]);
    }
}
