//! Quantities of resources: `500m`, `1Gi`, `2e3` (`k8s.io/apimachinery/pkg/api/resource`).

use std::{cmp::Ordering, fmt, ops::Add, str::FromStr};

use serde_json::Value;

/// Nanounits in one unit. Finer amounts are rounded up.
const NANO: i128 = 1_000_000_000;
/// Largest amount, in nanounits: upstream caps quantities at 2^63-1 units.
const MOST: i128 = (i64::MAX as i128) * NANO;

/// An amount, exact to the nanounit, and how it is spelled.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

/// How a quantity is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// `Ki`, `Mi`, …
    Binary,
    /// `m`, `k`, `M`, …
    Decimal,
    /// `e3`, …
    Exponent,
}

/// Why a text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// The text has not the form of a quantity.
    Form,
    /// The number in it is not a number.
    Number,
    /// The suffix is none of those known.
    Suffix,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            Self::Number => "unable to parse numeric part of quantity",
            Self::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for ParseError {}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0, format: Format::Decimal };

    /// An amount of thousandths, spelled decimally.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self { nanos: i128::from(millis) * (NANO / 1000), format: Format::Decimal }
    }

    /// An amount of units, spelled with binary suffixes.
    #[must_use]
    pub fn from_bytes(bytes: i64) -> Self {
        Self { nanos: i128::from(bytes) * NANO, format: Format::Binary }
    }

    /// The quantity of a JSON value: a text, or a number as its text.
    ///
    /// # Errors
    /// Where it is neither, or no quantity.
    pub fn from_value(value: &Value) -> Result<Self, ParseError> {
        match value {
            Value::String(text) => text.trim().parse(),
            Value::Number(number) => number.to_string().parse(),
            _ => Err(ParseError::Form),
        }
    }

    /// Thousandths, rounded up, as CPU is counted.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.scaled(NANO / 1000)
    }

    /// Whole units, rounded up, as bytes and pods are counted.
    #[must_use]
    pub fn value(self) -> i64 {
        self.scaled(NANO)
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether it is below nothing.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it has a part of a unit.
    #[must_use]
    pub fn is_fractional(self) -> bool {
        self.nanos % NANO != 0
    }

    /// The amount less another, in the first one's spelling.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { nanos: (self.nanos - other.nanos).clamp(-MOST, MOST), format: self.format }
    }

    fn scaled(self, unit: i128) -> i64 {
        i64::try_from(away_from_zero(self.nanos, unit)).unwrap_or(if self.nanos < 0 { i64::MIN } else { i64::MAX })
    }
}

fn away_from_zero(amount: i128, unit: i128) -> i128 {
    let rest = amount % unit;
    amount / unit + if rest == 0 { 0 } else { amount.signum() }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl Add for Quantity {
    type Output = Self;

    /// The sum, in the first one's spelling unless that is nothing.
    fn add(self, other: Self) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self { nanos: (self.nanos + other.nanos).clamp(-MOST, MOST), format }
    }
}

impl FromStr for Quantity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let digits = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(digits);
        if number.is_empty() {
            return Err(ParseError::Form);
        }
        let (format, multiplier) = scale(suffix)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(ParseError::Number);
        }
        let nanos = amount(whole, fraction, multiplier).min(MOST);
        Ok(Self { nanos: if text.starts_with('-') { -nanos } else { nanos }, format })
    }
}

/// What the number is multiplied by: a factor and a power of ten.
#[derive(Clone, Copy)]
struct Multiplier {
    factor: i128,
    exponent: i32,
}

fn scale(suffix: &str) -> Result<(Format, Multiplier), ParseError> {
    const BINARY: &[&str] = &["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const DECIMAL: &[(&str, i32)] =
        &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    if let Some(index) = BINARY.iter().position(|binary| *binary == suffix) {
        let factor = 1_i128 << (10 * (index + 1));
        return Ok((Format::Binary, Multiplier { factor, exponent: 0 }));
    }
    if let Some((_, exponent)) = DECIMAL.iter().find(|(decimal, _)| *decimal == suffix) {
        return Ok((Format::Decimal, Multiplier { factor: 1, exponent: *exponent }));
    }
    let exponent = suffix.strip_prefix(['e', 'E']).ok_or(ParseError::Suffix)?;
    let exponent = exponent.parse::<i32>().map_err(|_| ParseError::Suffix)?;
    Ok((Format::Exponent, Multiplier { factor: 1, exponent: exponent.clamp(-64, 64) }))
}

/// `whole.fraction` times the multiplier in nanounits, rounded up; far beyond [`MOST`] it stays there.
fn amount(whole: &str, fraction: &str, multiplier: Multiplier) -> i128 {
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    // The value is `digits` × 10^exponent nanounits.
    let mut exponent = multiplier.exponent + 9 - i32::try_from(fraction.len()).unwrap_or(i32::MAX);
    // A number of more digits than this is either capped or has a tail below a nanounit, of which only whether it is zero counts.
    let kept = digits.len().min(28);
    let (head, tail) = digits.split_at(kept);
    let mut number: i128 = head.parse().unwrap_or(0);
    exponent = exponent.saturating_add(i32::try_from(tail.len()).unwrap_or(i32::MAX));
    let mut inexact = tail.bytes().any(|byte| byte != b'0');
    number = number.checked_mul(multiplier.factor).unwrap_or(i128::MAX);
    while exponent > 0 && number != 0 && number <= MOST {
        number = number.saturating_mul(10);
        exponent -= 1;
    }
    while exponent < 0 && number != 0 {
        inexact |= number % 10 != 0;
        number /= 10;
        exponent += 1;
    }
    number.saturating_add(i128::from(inexact))
}

impl fmt::Display for Quantity {
    /// The canonical spelling: no fraction, and the largest suffix that needs none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BINARY: &[&str] = &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        const DECIMAL: &[&str] = &["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        if self.nanos == 0 {
            return f.write_str("0");
        }
        if self.format == Format::Binary && self.nanos.abs() >= 1024 * NANO {
            let mut number = away_from_zero(self.nanos, NANO);
            let mut suffix = 0;
            while number % 1024 == 0 && suffix + 1 < BINARY.len() {
                number /= 1024;
                suffix += 1;
            }
            return write!(f, "{number}{}", BINARY[suffix]);
        }
        let mut number = self.nanos;
        let mut suffix = 0;
        while number % 1000 == 0 && suffix + 1 < DECIMAL.len() {
            number /= 1000;
            suffix += 1;
        }
        match self.format {
            Format::Exponent if suffix == 3 => write!(f, "{number}"),
            Format::Exponent => write!(f, "{number}e{}", 3 * i64::try_from(suffix).unwrap_or_default() - 9),
            _ => write!(f, "{number}{}", DECIMAL[suffix]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<Quantity>().unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn the_canonical_spelling() {
        for (text, expected) in [
            ("0", "0"),
            ("0.0m", "0"),
            ("1", "1"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("1.5", "1500m"),
            ("0.001m", "1u"),
            ("0.1n", "1n"),
            ("-0.1n", "-1n"),
            ("100k", "100k"),
            ("1000k", "1M"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("1.3Ki", "1332"),
            ("1000Ki", "1000Ki"),
            ("1Ei", "1Ei"),
            ("8Ei", "9223372036854775807"),
            ("100E", "9223372036854775807"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("12e-3", "12e-3"),
            ("-5", "-5"),
            ("+5", "5"),
            (".5", "500m"),
            ("5.", "5"),
            ("0.0000000001", "1n"),
            ("123456789012345678901234567890n", "9223372036854775807"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_is_no_quantity() {
        for (text, expected) in [
            ("", ParseError::Form),
            ("a", ParseError::Form),
            ("-", ParseError::Form),
            ("1.2.3", ParseError::Number),
            (".", ParseError::Number),
            ("1 Gi", ParseError::Suffix),
            ("1gi", ParseError::Suffix),
            ("1K", ParseError::Suffix),
            ("1e", ParseError::Suffix),
        ] {
            assert_eq!(text.parse::<Quantity>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn amounts_round_up_and_compare() {
        let quantity = |text: &str| text.parse::<Quantity>().unwrap();
        assert_eq!(quantity("1.0001").value(), 2);
        assert_eq!(quantity("0.1m").millis(), 1);
        assert_eq!(quantity("1Gi").value(), 1 << 30);
        assert_eq!(quantity("1000m"), quantity("1"));
        assert!(quantity("1Gi") > quantity("1G"));
        assert_eq!((quantity("500m") + quantity("1")).to_string(), "1500m");
        assert_eq!((Quantity::ZERO + quantity("1Gi")).to_string(), "1Gi");
        assert_eq!(quantity("2Gi").minus(quantity("1Gi")).to_string(), "1Gi");
        assert!(quantity("1500m").is_fractional());
    }
}
