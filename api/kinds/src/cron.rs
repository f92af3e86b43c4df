//! The form of cron schedules (`github.com/robfig/cron/v3`, standard parser: five fields or a word).

/// The five fields: name, lowest and highest number, and words that stand for numbers from the lowest on.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const WORDS: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Whether a schedule is well-formed; what is wrong with it, if it is not.
pub(crate) fn check(schedule: &str) -> Result<(), String> {
    // A time zone before the schedule is complained about elsewhere.
    let schedule = match schedule.split_once(' ') {
        Some((zone, rest)) if zone.starts_with("TZ=") || zone.starts_with("CRON_TZ=") => rest.trim(),
        _ => schedule,
    };
    if let Some(duration) = schedule.strip_prefix("@every ") {
        let fine = duration.ends_with(['s', 'm', 'h']) && duration.starts_with(|c: char| c.is_ascii_digit());
        return if fine { Ok(()) } else { Err(format!("failed to parse duration {schedule}")) };
    }
    if schedule.starts_with('@') {
        return if WORDS.contains(&schedule) { Ok(()) } else { Err(format!("unrecognized descriptor: {schedule}")) };
    }
    let fields: Vec<_> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    fields.iter().zip(FIELDS).try_for_each(|(text, field)| text.split(',').try_for_each(|part| range(part, field)))
}

/// One of `*`, `?`, `a`, `a-b`, each perhaps with `/step`.
fn range(text: &str, (_, low, high, words): (&str, u32, u32, &[&str])) -> Result<(), String> {
    let number = |part: &str| {
        let word = words.iter().position(|word| part.eq_ignore_ascii_case(word));
        match word {
            Some(index) => Ok(low + u32::try_from(index).unwrap_or(0)),
            None => part.parse::<u32>().map_err(|_| {
                format!("failed to parse int from {part}: strconv.Atoi: parsing {part:?}: invalid syntax")
            }),
        }
    };
    let (span, step) = text.split_once('/').map_or((text, None), |(span, step)| (span, Some(step)));
    let (start, end) = match span.split_once('-') {
        _ if matches!(span, "*" | "?") => (low, high),
        None => (number(span)?, if step.is_some() { high } else { number(span)? }),
        Some((start, end)) if !end.contains('-') => (number(start)?, number(end)?),
        Some(_) => return Err(format!("too many hyphens: {text}")),
    };
    if step.is_some_and(|step| step.contains('/')) {
        return Err(format!("too many slashes: {text}"));
    }
    let step = step.map_or(Ok(1), number)?;
    match () {
        () if start < low => Err(format!("beginning of range ({start}) below minimum ({low}): {text}")),
        () if end > high => Err(format!("end of range ({end}) above maximum ({high}): {text}")),
        () if start > end => Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}")),
        () if step == 0 => Err(format!("step of range should be a positive number: {text}")),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        for good in [
            "* * * * *",
            "*/5 0-6 1,15 jan-mar MON",
            "@daily",
            "@every 1h",
            "0 0 ? * 6",
            "TZ=UTC 0 0 * * *",
            "5/10 * * * *",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, expected) in [
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("@often", "unrecognized descriptor: @often"),
        ] {
            assert_eq!(check(bad), Err(expected.to_owned()));
        }
    }
}
