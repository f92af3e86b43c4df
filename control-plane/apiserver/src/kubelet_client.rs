//! The way to kubelets.

/// How kubelets are reached.
#[derive(Debug, Clone)]
pub struct Kubelets {}
