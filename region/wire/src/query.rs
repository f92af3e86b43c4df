//! The query protocol: forms in, XML out (IAM, STS), and EC2's kind of it.

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use crate::{encoding, xml};

/// The parameters of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a query or a form's body.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(encoding::pairs(text))
    }

    /// Both, the query first.
    #[must_use]
    pub fn of(query: &str, body: &[u8]) -> Self {
        let mut pairs = encoding::pairs(query);
        pairs.extend(encoding::pairs(&String::from_utf8_lossy(body)));
        Self(pairs)
    }

    /// One parameter; none where it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The parameters `name.1`, `name.2` … (or `name.member.1` …), in order.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        let mut items: Vec<(u32, String)> = self
            .0
            .iter()
            .filter_map(|(own, value)| {
                let rest = own.strip_prefix(name)?.strip_prefix('.')?;
                let number = rest.strip_prefix("member.").unwrap_or(rest).parse().ok()?;
                Some((number, value.clone()))
            })
            .collect();
        items.sort();
        items.into_iter().map(|(_, value)| value).collect()
    }

    /// The structures `name.1.…`, `name.2.…` (or `name.member.1.…`), in order, each a form of its own.
    #[must_use]
    pub fn structures(&self, name: &str) -> Vec<Self> {
        let mut found: Vec<(u32, Self)> = Vec::new();
        for (own, value) in &self.0 {
            let Some(rest) = own.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) else { continue };
            let rest = rest.strip_prefix("member.").unwrap_or(rest);
            let Some((number, field)) = rest.split_once('.') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            let pair = (field.to_owned(), value.clone());
            match found.iter_mut().find(|(one, _)| *one == number) {
                Some((_, form)) => form.0.push(pair),
                None => found.push((number, Self(vec![pair]))),
            }
        }
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, form)| form).collect()
    }

    /// EC2's filters: names with the values of which one must fit.
    #[must_use]
    pub fn filters(&self) -> Vec<(String, Vec<String>)> {
        let filter = |form: &Self| (form.get("Name").unwrap_or_default().to_owned(), form.list("Value"));
        self.structures("Filter").iter().map(filter).collect()
    }

    /// Whether a parameter is `true`.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// The pairs of a query, decoded.
#[must_use]
pub fn pairs(query: &str) -> Vec<(String, String)> {
    encoding::pairs(query)
}

/// Whether a text fits an EC2 filter's value, in which `*` and `?` stand for any.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    fn go(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skip| go(rest, &text[skip..])),
            Some((b'?', rest)) => text.split_first().is_some_and(|(_, text)| go(rest, text)),
            Some((one, rest)) => text.split_first().is_some_and(|(own, text)| own == one && go(rest, text)),
        }
    }
    // A star stands for anything, so that several in a row are one; more than a few are nobody's honest filter.
    pattern.matches('*').count() <= 8 && go(pattern.as_bytes(), text.as_bytes())
}

/// A successful answer of IAM or STS: `<ActionResponse><ActionResult>…`.
#[must_use]
pub fn answer(action: &str, namespace: &str, result: &Value, request_id: &str) -> Response<Bytes> {
    let result = xml::element(&format!("{action}Result"), result, "member");
    let metadata = format!("<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>");
    xml_answer(format!("<{action}Response xmlns=\"{namespace}\">{result}{metadata}</{action}Response>"), request_id)
}

/// A successful answer of EC2: `<ActionResponse>…`.
#[must_use]
pub fn ec2_answer(action: &str, result: &Value, request_id: &str) -> Response<Bytes> {
    let content = xml::content(result, "item");
    let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    xml_answer(
        format!(
            "{head}<{action}Response xmlns=\"{namespace}\"><requestId>{request_id}</requestId>{content}</{action}Response>"
        ),
        request_id,
    )
}

fn xml_answer(text: String, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml;charset=UTF-8"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_lists_and_structures() {
        let form = Form::parse(
            "Action=X&SubnetId.2=b&SubnetId.1=a&Filter.1.Name=vpc-id&Filter.1.Value.1=v&Tags.member.1.Key=k&Tags.member.1.Value=x+y",
        );
        assert_eq!(form.get("Action"), Some("X"));
        assert_eq!(form.list("SubnetId"), ["a", "b"]);
        assert_eq!(form.filters(), [("vpc-id".to_owned(), vec!["v".to_owned()])]);
        assert_eq!(form.structures("Tags")[0].get("Value"), Some("x y"));
    }

    #[test]
    fn filters_may_have_wildcards() {
        for (pattern, text, expected) in
            [("a*", "abc", true), ("a?c", "abc", true), ("a?c", "ac", false), ("*", "", true), ("a", "ab", false)]
        {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
