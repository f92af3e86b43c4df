//! Cells that several kinds share.

use jiff::Timestamp;
use serde_json::Value;

use crate::Column;

/// Time since `metadata.creationTimestamp`, as kubectl prints ages.
pub const AGE: Column = Column {
    name: "Age",
    kind: "string",
    priority: 0,
    description: "Time since the object was created.",
    cell: |object, now| age(&object["metadata"]["creationTimestamp"], now),
};

/// The age of an RFC 3339 timestamp at a moment; `<unknown>` where there is none.
#[must_use]
pub fn age(timestamp: &Value, now: Timestamp) -> Value {
    let Some(then) = timestamp.as_str().and_then(|text| text.parse::<Timestamp>().ok()) else {
        return Value::from("<unknown>");
    };
    Value::from(human_duration((now.as_second() - then.as_second()).max(0)))
}

/// A duration in seconds in kubectl's two most significant units: `95s`, `3m20s`, `5h`, `4d2h`, `300d`, `2y10d`.
#[must_use]
pub fn human_duration(seconds: i64) -> String {
    let pair = |big: i64, unit: char, small: i64, small_unit: char| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        ..120 => format!("{seconds}s"),
        120..600 => pair(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(hours / 24, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{}d", hours / 24),
        63_072_000..252_288_000 => pair(hours / 24 / 365, 'y', (hours / 24) % 365, 'd'),
        _ => format!("{}y", hours / 24 / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_kubectl_writes_them() {
        for (seconds, expected) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (200, "3m20s"),
            (601, "10m"),
            (10_860, "3h1m"),
            (86_400, "24h"),
            (176_400, "2d1h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
        ] {
            assert_eq!(human_duration(seconds), expected, "{seconds}");
        }
    }
}
