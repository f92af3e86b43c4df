//! Quantities: a number with a decimal (`100m`, `5G`), binary (`1Gi`) or exponent (`1e3`) suffix, and the one text that Kubernetes
//! keeps of each.

/// What Kubernetes says of text that is no quantity.
pub(crate) const FORMAT: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX: &str = "unable to parse quantity's suffix";
const NUMERIC: &str = "unable to parse numeric part of quantity";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

const DECIMAL: &[(&str, i32)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: &[(&str, i32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// The smallest decimal exponent that a quantity keeps: nano.
const NANO: i32 = -9;

/// How many decimal digits surely fit 64 bits.
const SAFE_DIGITS: i32 = 18;

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, &'static str> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.is_empty() {
        return Err(FORMAT);
    }
    let digits_end = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = unsigned.split_at(digits_end(unsigned));
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits_end(rest)),
        None => ("", rest),
    };
    let letters = suffix.find(|c: char| !"eEinumkKMGTP".contains(c)).unwrap_or(suffix.len());
    let exponent = suffix[letters..].strip_prefix(['+', '-']).unwrap_or(&suffix[letters..]);
    if exponent.chars().any(|c| !c.is_ascii_digit()) {
        return Err(FORMAT);
    }
    Ok(Parts { negative, whole: whole.trim_start_matches('0'), fraction, suffix })
}

fn interpret(suffix: &str) -> Result<(i32, Format), &'static str> {
    let find =
        |suffixes: &[(&str, i32)]| suffixes.iter().find(|(name, _)| *name == suffix).map(|(_, exponent)| *exponent);
    if let Some(exponent) = find(DECIMAL) {
        return Ok((exponent, Format::Decimal));
    }
    if let Some(exponent) = find(BINARY) {
        return Ok((exponent, Format::Binary));
    }
    let exponent = suffix.strip_prefix(['e', 'E']).and_then(|exponent| exponent.parse::<i32>().ok());
    exponent.map(|exponent| (exponent, Format::Exponent)).ok_or(SUFFIX)
}

/// The text that Kubernetes keeps of a quantity: often the text itself. Numbers beyond 38 digits are kept as they are.
pub(crate) fn canonical(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let parts = split(text)?;
    let (exponent, format) = interpret(parts.suffix)?;
    if is_canonical(&parts, exponent, format) {
        return Ok(text.to_owned());
    }
    let digits = format!("{}{}", parts.whole, parts.fraction);
    if parts.whole.is_empty() && parts.fraction.is_empty() && !text.contains('0') {
        return if text.contains('.') || text == "+" || text == "-" { Err(NUMERIC) } else { Err(FORMAT) };
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok("0".to_owned());
    }
    let scale = -i32::try_from(parts.fraction.len()).unwrap_or(i32::MAX);
    let shown = digits.parse::<i128>().ok().and_then(|value| show(value, scale, exponent, format));
    Ok(match shown {
        Some(shown) if parts.negative => format!("-{shown}"),
        Some(shown) => shown,
        None => text.to_owned(),
    })
}

/// Whether Kubernetes takes the text for canonical at first sight. It does so also for some that it would not itself write.
fn is_canonical(parts: &Parts<'_>, exponent: i32, format: Format) -> bool {
    let length = |text: &str| i32::try_from(text.len()).unwrap_or(i32::MAX / 4);
    let (whole, fraction) = (if parts.whole.is_empty() { "0" } else { parts.whole }, parts.fraction);
    let precision = match format {
        Format::Binary if fraction.is_empty() => 15 - length(whole) - exponent * 3 / 10 - 1,
        Format::Binary => -1,
        Format::Decimal | Format::Exponent => SAFE_DIGITS - length(whole) - length(fraction),
    };
    let scale = if format == Format::Binary { 0 } else { exponent.saturating_sub(length(fraction)) };
    if precision < 0 || scale < NANO {
        return false;
    }
    let shifted = format!("{whole}{fraction}");
    match format {
        Format::Binary => shifted.parse::<i64>().is_ok_and(|value| value & 7 != 0),
        _ => scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0'),
    }
}

/// Shows `value × 10^scale × suffix`, a positive number; none if it needs more than 128 bits.
fn show(value: i128, scale: i32, exponent: i32, mut format: Format) -> Option<String> {
    let (mut value, mut scale) = match format {
        Format::Binary => (value.checked_mul(1_i128.checked_shl(u32::try_from(exponent).ok()?)?)?, scale),
        _ => (value, scale.checked_add(exponent)?),
    };
    // What is smaller than the smallest unit is rounded up: whoever wants a little gets a little.
    while scale < NANO {
        let drop = (NANO - scale).min(30);
        let unit = 10_i128.pow(drop.cast_unsigned());
        value = (value + unit - 1) / unit;
        scale += drop;
    }
    while value % 10 == 0 {
        value /= 10;
        scale = scale.checked_add(1)?;
    }
    if format == Format::Binary {
        let whole = (scale >= 0).then(|| value.checked_mul(10_i128.checked_pow(scale.cast_unsigned())?)).flatten();
        match whole {
            Some(mut whole) if whole >= 1024 => {
                whole = whole.min(i128::from(i64::MAX));
                let mut times = 0;
                while whole % 1024 == 0 {
                    whole /= 1024;
                    times += 10;
                }
                let suffix = if times == 0 { "" } else { BINARY.iter().find(|(_, exponent)| *exponent == times)?.0 };
                return Some(format!("{whole}{suffix}"));
            }
            _ => format = Format::Decimal,
        }
    }
    while scale % 3 != 0 {
        value = value.checked_mul(10)?;
        scale -= 1;
    }
    match format {
        Format::Exponent if scale == 0 => Some(value.to_string()),
        Format::Exponent => Some(format!("{value}e{scale}")),
        _ => DECIMAL.iter().find(|(_, exponent)| *exponent == scale).map(|(suffix, _)| format!("{value}{suffix}")),
    }
}

/// A quantity's amount, to the billionth, and how it is written.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    /// Billionths.
    pub(crate) nanos: i128,
    format: Format,
}

impl Amount {
    /// The sum, written as the first is unless that is zero.
    pub(crate) fn plus(self, other: Amount) -> Amount {
        let format = if self.nanos == 0 { other.format } else { self.format };
        Amount { nanos: self.nanos.saturating_add(other.nanos), format }
    }

    /// The larger of two.
    pub(crate) fn max(self, other: Amount) -> Amount {
        if other.nanos > self.nanos { other } else { self }
    }
}

/// Reads an amount; none if the text is no quantity, or one of more than 10^29.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    let parts = split(text.trim()).ok()?;
    let (exponent, format) = interpret(parts.suffix).ok()?;
    let digits = format!("{}{}", parts.whole, parts.fraction);
    let mut nanos = if digits.is_empty() { 0 } else { digits.parse::<i128>().ok()? };
    let mut scale = 9 - i32::try_from(parts.fraction.len()).ok()?;
    match format {
        Format::Binary => nanos = nanos.checked_mul(1 << exponent)?,
        _ => scale = scale.checked_add(exponent)?,
    }
    nanos = if nanos == 0 {
        0
    } else if scale >= 0 {
        nanos.checked_mul(10_i128.checked_pow(scale.cast_unsigned())?)?
    } else {
        let unit = 10_i128.checked_pow(scale.unsigned_abs()).unwrap_or(i128::MAX);
        nanos / unit + i128::from(nanos % unit != 0)
    };
    Some(Amount { nanos: if parts.negative { -nanos } else { nanos }, format })
}

/// Writes an amount.
pub(crate) fn text(amount: Amount) -> Option<String> {
    if amount.nanos == 0 {
        return Some("0".to_owned());
    }
    let shown = show(i128::try_from(amount.nanos.unsigned_abs()).ok()?, NANO, 0, amount.format)?;
    Some(if amount.nanos < 0 { format!("-{shown}") } else { shown })
}

/// Rounds a quantity up to thousandths; none if it has no smaller part.
pub(crate) fn round_up_to_milli(quantity: &str) -> Option<String> {
    const MILLI: i128 = 1_000_000;
    let amount = amount(quantity)?;
    if amount.nanos % MILLI == 0 {
        return None;
    }
    let thousandths = amount.nanos / MILLI + amount.nanos.signum();
    text(Amount { nanos: thousandths.checked_mul(MILLI)?, ..amount })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_are_kept_as_kubernetes_keeps_them() {
        for (text, expected) in [
            ("0", "0"),
            ("0m", "0"),
            ("0.0", "0"),
            ("00", "0"),
            ("100m", "100m"),
            ("0.1", "100m"),
            (".5", "500m"),
            ("1.5", "1500m"),
            ("1", "1"),
            ("1000m", "1"),
            ("1000", "1k"),
            ("1500", "1500"),
            ("+1", "+1"),
            ("-1", "-1"),
            ("-1000m", "-1"),
            ("1Gi", "1Gi"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1000Ki", "1000Ki"),
            ("8Ki", "8Ki"),
            ("512", "512"),
            ("0.5Ki", "512"),
            ("1e3", "1e3"),
            ("1000e0", "1e3"),
            ("12e6", "12e6"),
            ("1E", "1E"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            ("10000000000000000000", "10E"),
            (" 1 ", "1"),
            ("9999999999999999999Ei", "9223372036854775807"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "x", "1x", "1 Gi", "1gi", "1.2.3", "--1", "1e", "-", "1Gii", "Gi"] {
            assert!(canonical(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_canonical_text_stays(text in "[+-]?[0-9.]{0,45}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,11}") {
            if let Ok(shown) = canonical(&text) {
                let again = canonical(&shown).unwrap();
                let _ = (amount(&text).map(super::text), round_up_to_milli(&text));
                prop_assert_eq!(again, shown);
            }
        }
    }
}
