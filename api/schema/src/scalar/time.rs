//! Moments as Kubernetes writes them: RFC 3339 in UTC, to the second, or to the microsecond for `MicroTime`.

use jiff::Timestamp;

/// Seconds of `0001-01-01T00:00:00Z`, which Go takes for "no time".
const ZERO_SECONDS: i64 = -62_135_596_800;

/// Whether Go takes the moment for none.
pub(crate) fn is_zero(moment: Timestamp) -> bool {
    moment.as_second() == ZERO_SECONDS && moment.subsec_nanosecond() == 0
}

/// Reads RFC 3339 text; the error is Go's.
pub(crate) fn parse(text: &str, micro: bool) -> Result<Timestamp, String> {
    let bytes = text.as_bytes();
    // jiff takes more than RFC 3339 has, such as a space for the T.
    let is_strict = bytes.len() >= 20 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T' && bytes[13] == b':';
    is_strict.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
        format!("parsing time \"{text}\" as \"{layout}\": cannot parse \"{text}\" as \"2006\"")
    })
}

/// Writes a moment.
pub(crate) fn format(moment: Timestamp, micro: bool) -> String {
    let layout = if micro { "%Y-%m-%dT%H:%M:%S.%6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    moment.strftime(layout).to_string()
}

/// Writes the moment of a protobuf timestamp; none if no calendar has it.
pub(crate) fn from_parts(seconds: i64, nanos: i64, micro: bool) -> Option<String> {
    let moment = Timestamp::from_second(seconds.checked_add(nanos.div_euclid(1_000_000_000))?).ok()?;
    let nanos = i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let moment = moment.checked_add(jiff::SignedDuration::from_nanos(i64::from(nanos))).ok()?;
    Some(format(moment, micro))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, micro: bool, expected: &str) {
        assert_eq!(parse(text, micro).map(|moment| format(moment, micro)).unwrap(), expected);
    }

    #[test]
    fn moments_are_shown_in_utc() {
        check("2026-11-27T15:04:05Z", false, "2026-11-27T15:04:05Z");
        check("2026-11-27T15:04:05.987654321+01:00", false, "2026-11-27T14:04:05Z");
        check("2026-11-27T15:04:05.987654321+01:00", true, "2026-11-27T14:04:05.987654Z");
        check("0001-01-01T00:00:00Z", false, "0001-01-01T00:00:00Z");
        check("1969-12-31T23:59:59.5Z", true, "1969-12-31T23:59:59.500000Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "yesterday", "2026-11-27", "2026-11-27 15:04:05Z", "2026-13-27T15:04:05Z"] {
            assert!(parse(text, false).is_err(), "{text}");
        }
    }
}
