//! URIs as Signature Version 4 encodes them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same in a path.
const PATH: &AsciiSet = &RESERVED.remove(b'/');

/// A query's name or value.
pub fn component(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A path that has been encoded once already, as every service but S3 has it signed.
pub fn path(raw: &str) -> String {
    utf8_percent_encode(&without_dots(raw), PATH).to_string()
}

/// The pairs of a query, decoded.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let plain = |text: &str| percent_decode_str(&text.replace('+', "%20")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}

/// A path without `.`, `..` and empty segments (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let tail = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{tail}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_and_encoded_once_more() {
        for (raw, expected) in [
            ("/", "/"),
            ("", "/"),
            ("/clusters/a%20b", "/clusters/a%2520b"),
            ("/a/./b/../c/", "/a/c/"),
            ("//a//b", "/a/b"),
            ("/tags/arn:aws:eks", "/tags/arn%3Aaws%3Aeks"),
        ] {
            assert_eq!(path(raw), expected, "{raw}");
        }
    }
}
