//! Rules of names, labels and keys, in upstream's words (`k8s.io/apimachinery/pkg/util/validation`).
//!
//! Each rule yields what is wrong with a text, nothing where it is well-formed.

use crate::NameRule;

/// A rule of texts.
pub type Rule = fn(&str) -> Vec<String>;

const LABEL_1123: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const QUALIFIED_WORDS: &str =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/// Longest DNS label, in bytes.
pub const LABEL_MOST_BYTES: usize = 63;
/// Longest DNS subdomain, in bytes.
pub const SUBDOMAIN_MOST_BYTES: usize = 253;

/// The rule of a kind's names.
#[must_use]
pub fn rule_of(rule: NameRule) -> Rule {
    match rule {
        NameRule::Subdomain => subdomain,
        NameRule::Label => label,
        NameRule::Label1035 => label_1035,
        NameRule::PathSegment => path_segment,
    }
}

/// A rule for the beginning of a name to which something is added, where a dash may be last.
#[must_use]
pub fn prefix_of(rule: Rule, prefix: &str) -> Vec<String> {
    match prefix.strip_suffix('-') {
        // Upstream puts an `a` in the place of the last two characters, so that the one before the dash is not checked.
        Some(head) if !head.is_empty() => rule(&format!("{}a", &head[..head.floor_char_boundary(head.len() - 1)])),
        _ => rule(prefix),
    }
}

/// An RFC 1123 label: `my-name`.
#[must_use]
pub fn label(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, LABEL_MOST_BYTES);
    if !is_label(text) {
        wrong.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            pattern(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
                 and end with an alphanumeric character",
                LABEL_1123,
                &["my-name", "123-abc"],
            )
        });
    }
    wrong
}

/// An RFC 1123 subdomain: `example.com`.
#[must_use]
pub fn subdomain(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, SUBDOMAIN_MOST_BYTES);
    if !is_subdomain(text) {
        wrong.push(pattern(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
             start and end with an alphanumeric character",
            &format!("{LABEL_1123}(\\.{LABEL_1123})*"),
            &["example.com"],
        ));
    }
    wrong
}

/// A subdomain whose labels may also have underscores: search domains.
#[must_use]
pub fn subdomain_with_underscore(text: &str) -> Vec<String> {
    const LABEL: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    let is_label = |label: &str| {
        let rest = label.strip_prefix('_').unwrap_or(label).as_bytes();
        let edge = |byte: Option<&u8>| byte.is_some_and(|byte| lower(*byte));
        edge(rest.first()) && edge(rest.last()) && rest.iter().all(|byte| lower(*byte) || matches!(byte, b'-' | b'_'))
    };
    let mut wrong = too_long(text, SUBDOMAIN_MOST_BYTES);
    if !text.split('.').all(is_label) {
        wrong.push(pattern(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and \
             must start and end with an alphanumeric character",
            &format!("{LABEL}(\\.{LABEL})*"),
            &["example.com"],
        ));
    }
    wrong
}

/// A subdomain behind `*.`.
#[must_use]
pub fn wildcard_subdomain(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, SUBDOMAIN_MOST_BYTES);
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        wrong.push(pattern(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of \
             lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
            &format!("\\*\\.{LABEL_1123}(\\.{LABEL_1123})*"),
            &["*.example.com"],
        ));
    }
    wrong
}

/// An RFC 1035 label: a label that begins with a letter.
#[must_use]
pub fn label_1035(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, LABEL_MOST_BYTES);
    if !(is_label(text) && text.as_bytes()[0].is_ascii_lowercase()) {
        wrong.push(pattern(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character",
            LABEL_1035,
            &["my-name", "abc-123"],
        ));
    }
    wrong
}

/// Anything that can stand as one segment of a path.
#[must_use]
pub fn path_segment(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    for forbidden in ['/', '%'] {
        if text.contains(forbidden) {
            wrong.push(format!("may not contain '{forbidden}'"));
        }
    }
    wrong
}

/// A key of labels, annotations, conditions and resources: a name, perhaps with a domain and a slash before it.
#[must_use]
pub fn qualified(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name_pattern = || pattern(QUALIFIED_WORDS, QUALIFIED, &["MyName", "my.name", "123-abc"]);
    let parts: Vec<_> = text.split('/').collect();
    let name = match parts[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                // Keys count bytes where names count characters, though both mean bytes.
                let message = |message: String| format!("prefix part {}", message.replace("3 characters", "3 bytes"));
                wrong.extend(subdomain(prefix).into_iter().map(message));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                name_pattern()
            )];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_MOST_BYTES {
        wrong.push(format!("name part must be no more than {LABEL_MOST_BYTES} bytes"));
    }
    if !is_qualified(name) {
        wrong.push(format!("name part {}", name_pattern()));
    }
    wrong
}

/// The value of a label: empty, or as the name part of a key.
#[must_use]
pub fn label_value(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > LABEL_MOST_BYTES {
        wrong.push(format!("must be no more than {LABEL_MOST_BYTES} bytes"));
    }
    if !text.is_empty() && !is_qualified(text) {
        wrong.push(pattern(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
             and end with an alphanumeric character",
            &format!("({QUALIFIED})?"),
            &["MyValue", "my_value", "12345"],
        ));
    }
    wrong
}

/// A key of a ConfigMap or a Secret.
#[must_use]
pub fn config_key(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, SUBDOMAIN_MOST_BYTES);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.is_empty() || !text.bytes().all(allowed) {
        wrong.push(pattern(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            "[-._a-zA-Z0-9]+",
            &["key.name", "KEY_NAME", "key-name"],
        ));
    }
    match text {
        "." | ".." => wrong.push(format!("must not be '{text}'")),
        _ if text.starts_with("..") => wrong.push("must not start with '..'".to_owned()),
        _ => {}
    }
    wrong
}

/// The name of an environment variable: printable ASCII without `=`.
#[must_use]
pub fn env_var(text: &str) -> Vec<String> {
    if text.is_empty() {
        return vec!["environment variable name must be non-empty".to_owned()];
    }
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        return Vec::new();
    }
    vec!["a valid environment variable name must consist only of printable ASCII characters other than '='".to_owned()]
}

/// The name of a port.
#[must_use]
pub fn port_name(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, 15);
    let mut check = |fine: bool, message: &str| {
        if !fine {
            wrong.push(message.to_owned());
        }
    };
    check(
        !text.is_empty() && text.bytes().all(|byte| lower(byte) || byte == b'-'),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    check(text.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    check(!text.contains("--"), "must not contain consecutive hyphens");
    check(!text.starts_with('-') && !text.ends_with('-'), "must not begin or end with a hyphen");
    wrong
}

/// The name of an HTTP header.
#[must_use]
pub fn http_header(text: &str) -> Vec<String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    vec![pattern(
        "a valid HTTP header must consist of alphanumeric characters or '-'",
        "[-A-Za-z0-9]+",
        &["X-Header-Name"],
    )]
}

/// A percentage: digits and `%`.
#[must_use]
pub fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    vec![pattern(
        "a valid percent string must be a numeric string followed by an ending '%'",
        "[0-9]+%",
        &["1%", "93%"],
    )]
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| lower(*byte));
    edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn too_long(text: &str, most: usize) -> Vec<String> {
    if text.len() > most { vec![most_characters(most)] } else { Vec::new() }
}

/// What upstream says of a text with too many characters.
#[must_use]
pub fn most_characters(most: usize) -> String {
    format!("must be no more than {most} characters")
}

/// What upstream says of a text that does not match a pattern.
pub(crate) fn pattern(words: &str, regex: &str, examples: &[&str]) -> String {
    let examples = examples.iter().map(|example| format!("'{example}', ")).collect::<Vec<_>>().join(" or ");
    if examples.is_empty() {
        return format!("{words} (regex used for validation is '{regex}')");
    }
    format!("{words} (e.g. {examples}regex used for validation is '{regex}')")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: Rule, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(rule(text), Vec::<String>::new(), "{text:?}");
        }
        for text in bad {
            assert!(!rule(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn each_rule_tells_good_from_bad() {
        let (long63, long64, long253) = ("a".repeat(63), "a".repeat(64), "a".repeat(253));
        let long254 = "a".repeat(254);
        check(label, &["a", "a-b", "1", &long63], &["", "-a", "a-", "A", "a.b", "a_b", &long64]);
        check(subdomain, &["a", "a.b-c.d", &long253], &["", ".a", "a.", "a..b", "A", &long254]);
        check(label_1035, &["a", "a1-b"], &["", "1a", "a.b", "a-"]);
        check(path_segment, &["a:b", "A"], &[".", "..", "a/b", "a%b"]);
        check(
            qualified,
            &["a", "A.b_c-d", "example.com/A", &long63],
            &["", "/a", "a/", "a/b/c", "A.com/a", "-a", &long64],
        );
        check(label_value, &["", "A_b.c-d"], &["-a", "a-", "a b", &long64]);
        check(config_key, &["a.b", ".hidden", "A_B-C"], &["", ".", "..", "..a", "a/b"]);
        check(env_var, &["A", "a.b c"], &["", "a=b", "ü"]);
        check(port_name, &["http", "a-1"], &["", "-a", "a-", "a--b", "1", "Http", "sixteen-letters-"]);
        check(percent, &["0%", "100%"], &["", "%", "1", "1.5%", "-1%"]);
        check(wildcard_subdomain, &["*.a.b"], &["*", "*.", "a.b", "*.*.a"]);
    }

    #[test]
    fn messages_are_upstreams() {
        assert_eq!(
            label("Bad_Name"),
            [
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            ]
        );
        assert_eq!(label("a.b"), ["must not contain dots"]);
        assert_eq!(
            subdomain("A"),
            [
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ]
        );
        assert_eq!(qualified("").len(), 2);
    }

    #[test]
    fn a_prefix_may_end_with_a_dash() {
        assert!(prefix_of(label, "web-").is_empty());
        assert!(!prefix_of(label, "-").is_empty());
        assert!(!prefix_of(label, "Web-").is_empty());
    }
}
