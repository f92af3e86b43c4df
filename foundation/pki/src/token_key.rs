//! The key that signs service account tokens: compact JWS with ES256 (RFC 7515, RFC 7518 section 3.4).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Error;

/// The longest token that is looked at, in bytes: a bound token of Kubernetes is about 1 KiB.
const MAX_TOKEN_BYTES: usize = 16 << 10;
/// An uncompressed point on P-256 (SEC 1, 2.3.3): a tag, then both coordinates.
const POINT_BYTES: usize = 65;

/// Why a token is not this key's.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// It is not three parts of base64url, or far too long.
    #[error("the token is not a JWT: it must be three base64url parts joined by dots")]
    Malformed,
    /// Its header is not the one that this key writes: another algorithm, or another key.
    #[error("the token was signed by another key: ask for a new token")]
    OtherKey,
    /// Its signature does not fit its content.
    #[error("the token's signature is wrong: it was changed after it was signed")]
    Signature,
}

/// A key that signs tokens.
pub struct TokenKey {
    pair: EcdsaKeyPair,
    pkcs8: Vec<u8>,
    id: String,
    /// The encoded header: the same for every token of this key, so that reading one is a comparison.
    header: String,
}

impl TokenKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`Error::Key`] where the system gives no randomness.
    pub fn generate() -> Result<Self, Error> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| Error::Key("no randomness"))?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    /// Takes up a key made before, from PKCS#8 in DER.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, Error> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| Error::Key("not such a key"))?;
        let id = URL_SAFE_NO_PAD.encode(digest(&SHA256, pair.public_key().as_ref()));
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"ES256","kid":"{id}"}}"#));
        Ok(Self { pair, pkcs8: pkcs8.to_vec(), id, header })
    }

    /// The key as PKCS#8 in DER. Secret.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The `kid` in the header of its tokens: the SHA-256 of the public point, base64url.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A token with these claims, a JSON object in UTF-8.
    ///
    /// # Errors
    /// [`Error::Key`] where the system gives no randomness.
    pub fn sign(&self, claims: &[u8]) -> Result<String, Error> {
        let content = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature =
            self.pair.sign(&SystemRandom::new(), content.as_bytes()).map_err(|_| Error::Key("no randomness"))?;
        Ok(format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token that this key signed. Whether they still hold (`exp`, `aud`) is the caller's to check.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str) -> Result<Vec<u8>, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let (content, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = content.split_once('.').ok_or(TokenError::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Malformed)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| TokenError::Malformed)?;
        if header != self.header {
            return Err(TokenError::OtherKey);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref())
            .verify(content.as_bytes(), &signature)
            .map_err(|_| TokenError::Signature)?;
        Ok(claims)
    }

    /// The public half as a JWK Set (RFC 7517): what an OIDC issuer publishes.
    pub fn jwks(&self) -> String {
        let point = self.pair.public_key().as_ref();
        debug_assert_eq!(point.len(), POINT_BYTES);
        let (x, y) = point[1..].split_at(POINT_BYTES / 2);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        format!(
            r#"{{"keys":[{{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"{}","x":"{x}","y":"{y}"}}]}}"#,
            self.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &[u8] = br#"{"sub":"system:serviceaccount:default:web"}"#;

    #[test]
    fn a_token_comes_back_with_its_claims() {
        let key = TokenKey::generate().unwrap();
        let token = key.sign(CLAIMS).unwrap();
        let same_key = TokenKey::from_pkcs8(key.pkcs8()).unwrap();
        assert_eq!(same_key.verify(&token).unwrap(), CLAIMS);
        assert_eq!(same_key.jwks(), key.jwks());
    }

    #[test]
    fn another_keys_token_is_refused() {
        let token = TokenKey::generate().unwrap().sign(CLAIMS).unwrap();
        assert_eq!(TokenKey::generate().unwrap().verify(&token), Err(TokenError::OtherKey));
    }

    #[test]
    fn a_token_claiming_no_signature_is_refused() {
        let key = TokenKey::generate().unwrap();
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, key.id()));
        let token = format!("{header}.{}.", URL_SAFE_NO_PAD.encode(CLAIMS));
        assert_eq!(key.verify(&token), Err(TokenError::OtherKey));
    }

    #[test]
    fn any_changed_character_is_noticed() {
        let key = TokenKey::generate().unwrap();
        let token = key.sign(CLAIMS).unwrap();
        // The last character of a part carries spare bits, which strict base64 refuses too.
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert!(key.verify(std::str::from_utf8(&changed).unwrap()).is_err(), "{place}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let key = TokenKey::generate().unwrap();
        for text in ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", &"a".repeat(MAX_TOKEN_BYTES + 1)] {
            assert!(key.verify(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        assert!(matches!(TokenKey::from_pkcs8(b"no key"), Err(Error::Key(_))));
    }
}
