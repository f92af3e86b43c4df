//! Spans of time as Go writes them: `1h2m3.5s`.

use serde_json::Value;

use crate::Error;

const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Nanoseconds of a JSON value: a string such as `1m30s`.
pub(crate) fn from_json(value: &Value) -> Result<i64, Error> {
    match value {
        Value::Null => Ok(0),
        Value::String(text) => parse(text).ok_or_else(|| Error::Invalid {
            path: String::new(),
            message: format!("time: invalid duration \"{text}\""),
        }),
        _ => Err(super::mismatch(value, "string")),
    }
}

fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || whole.len() > 19 {
            return None;
        }
        total += if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? } * unit;
        let mut part = unit;
        for digit in fraction.chars() {
            part /= 10;
            total += i128::from(digit.to_digit(10)?) * part;
        }
        rest = after;
        if total > i128::from(i64::MAX) {
            return None;
        }
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// Writes nanoseconds as Go does: the largest unit first, a fraction only of the smallest.
pub(crate) fn to_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let nanoseconds = nanoseconds.unsigned_abs();
    let fraction = |value: u64, unit: u64| {
        let digits = unit.to_string().len() - 1;
        let text = format!("{}.{:0digits$}", value / unit, value % unit);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{nanoseconds}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(nanoseconds, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", fraction(nanoseconds, 1_000_000)),
        _ => {
            let minutes = nanoseconds / 60_000_000_000;
            let seconds = fraction(nanoseconds % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write_as_in_go() {
        for (text, nanoseconds, shown) in [
            ("1m30s", 90_000_000_000, "1m30s"),
            ("1h", 3_600_000_000_000, "1h0m0s"),
            ("1.5s", 1_500_000_000, "1.5s"),
            ("-250ms", -250_000_000, "-250ms"),
            ("0", 0, "0s"),
            ("1us", 1_000, "1µs"),
        ] {
            assert_eq!(parse(text), Some(nanoseconds), "{text}");
            assert_eq!(to_text(nanoseconds), shown);
        }
        for text in ["", "1", "s", "1x", "99999999999999999999h", "."] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
