//! Identifiers in AWS's forms, from the system's randomness.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8] = b"0123456789abcdef";

fn random(letters: &[u8], length: usize) -> String {
    let mut bytes = vec![0; length];
    // A kernel without randomness cannot run TLS either; an id that can be guessed would be worse than none.
    #[allow(clippy::expect_used, reason = "there is no safe way on")]
    SystemRandom::new().fill(&mut bytes).expect("the kernel gives random bytes");
    // The lengths of the alphabets divide 256, so that no letter is likelier than another.
    bytes.iter().map(|byte| char::from(letters[usize::from(*byte) % letters.len()])).collect()
}

/// `vpc-0123456789abcdef0`: a prefix and 17 hexadecimal digits.
#[must_use]
pub fn resource(prefix: &str) -> String {
    format!("{prefix}-{}", random(HEX, 17))
}

/// So many hexadecimal digits (64 at most) that follow from the parts.
#[must_use]
pub fn digest(parts: &[&str], length: usize) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, parts.join("\0").as_bytes());
    let digits = hash.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.take(length).map(|digit| char::from(HEX[usize::from(digit)])).collect()
}

/// So many hexadecimal digits.
#[must_use]
pub fn hex(length: usize) -> String {
    random(HEX, length)
}

/// So many hexadecimal digits in upper case.
#[must_use]
pub fn upper_hex(length: usize) -> String {
    hex(length).to_ascii_uppercase()
}

/// `AROA…`, `AIDA…`, `AKIA…`, `ASIA…`: IAM's unique ids, 20 or 21 letters.
#[must_use]
pub fn unique(prefix: &str) -> String {
    format!("{prefix}{}", random(UPPER, if prefix.starts_with("AK") || prefix.starts_with("AS") { 16 } else { 17 }))
}

/// A secret access key: 40 letters.
#[must_use]
pub fn secret() -> String {
    random(SECRET, 40)
}

/// A session token.
#[must_use]
pub fn session_token() -> String {
    random(SECRET, 128)
}

/// An account: twelve digits, the first not zero.
#[must_use]
pub fn account() -> String {
    // Sixteen hexadecimal digits hold more than enough for an even choice.
    let number = u64::from_str_radix(&random(HEX, 15), 16).unwrap_or(0);
    (100_000_000_000 + number % 900_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_awss_forms() {
        assert_eq!(resource("vpc").len(), 21);
        assert_eq!(unique("AKIA").len(), 20);
        assert_eq!(unique("AROA").len(), 21);
        assert_eq!(secret().len(), 40);
        let account = account();
        assert!(account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit()));
        assert_ne!(resource("vpc"), resource("vpc"));
    }
}
