//! Authorities, certificates and token-signing keys.
