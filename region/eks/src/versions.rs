//! Kubernetes versions that clusters can have.

/// A version: minor, the API server's `gitVersion`, EKS's platform version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// `1.36`.
    pub minor: &'static str,
    /// `v1.36.0-eks-reks`.
    pub git: &'static str,
    /// `eks.1`.
    pub platform: &'static str,
}

/// All of them, the default first.
pub const VERSIONS: &[Version] = &[Version { minor: "1.36", git: "v1.36.0-eks-reks", platform: "eks.1" }];

/// The version of a minor.
#[must_use]
pub fn find(minor: &str) -> Option<&'static Version> {
    VERSIONS.iter().find(|version| version.minor == minor)
}
