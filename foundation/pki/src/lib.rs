//! Authorities, certificates and token-signing keys.
//!
//! - [`Authority`] issues server and client certificates and signs what others ask for ([`Authority::sign_request`]).
//! - [`TokenKey`] signs service account tokens and says whether a token is its own.
//!
//! Time is passed in. Keys are ECDSA on P-256: small, fast, and known to every Kubernetes client.

mod authority;
mod token_key;

pub use authority::{Authority, Issued, Profile, Usage, Validity};
pub use token_key::{TokenError, TokenKey};

/// Why a certificate or a key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A PEM document is not what it should be, or a name cannot stand in a certificate.
    #[error(
        "the certificate could not be made or read: {0}; check that the PEM document is whole and the names are valid"
    )]
    Certificate(#[from] rcgen::Error),
    /// A private key is not PKCS#8 with ECDSA on P-256.
    #[error("the private key could not be made or read ({0}): it must be PKCS#8 with ECDSA on P-256")]
    Key(&'static str),
    /// An authority's certificate and private key do not belong together.
    #[error("the private key is not the one of the authority's certificate: use the two that were made together")]
    KeyOfAnother,
    /// A signing request asks for more than a certificate of its own.
    #[error("the signing request asks to be an authority: ask for a server or a client certificate")]
    AsksToBeAuthority,
}
