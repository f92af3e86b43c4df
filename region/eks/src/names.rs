//! ARNs and names.

use crate::Region;

impl Region {
    /// A cluster's ARN.
    #[must_use]
    pub(crate) fn cluster_arn(&self, name: &str) -> String {
        format!("arn:aws:eks:{}:{}:cluster/{name}", self.name, self.account)
    }

    /// The cluster that an ARN is of.
    #[must_use]
    pub(crate) fn cluster_of<'a>(&self, arn: &'a str) -> Option<&'a str> {
        arn.strip_prefix(&self.cluster_arn(""))
    }
}

/// Whether a text can be a cluster's name: letters, digits, `-` and `_`, a letter or digit first, at most 100.
#[must_use]
pub fn is_cluster_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first && name.len() <= 100 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for (name, expected) in
            [("demo", true), ("a-b_C1", true), ("1a", true), ("-a", false), ("", false), ("a.b", false)]
        {
            assert_eq!(is_cluster_name(name), expected, "{name}");
        }
        assert!(!is_cluster_name(&"a".repeat(101)));
    }
}
