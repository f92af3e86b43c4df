//! Label and field selectors (`k8s.io/apimachinery/pkg/labels` and `…/fields`).

use serde_json::Value;

use crate::status::{Result, Status};

/// A label selector; empty selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Greater(i64),
    Less(i64),
}

impl LabelSelector {
    /// Reads the query form: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
    ///
    /// # Errors
    /// `BadRequest` with the place that cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        split_outside_parentheses(text)
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| Requirement::parse(part).ok_or_else(|| bad(text, part)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object's labels fit.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.0.iter().all(|requirement| requirement.matches(labels[&requirement.key].as_str()))
    }
}

impl Requirement {
    fn parse(part: &str) -> Option<Self> {
        let valid = |key: &str| {
            let key = key.trim();
            let ok = !key.is_empty()
                && key.len() <= 317
                && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
            ok.then(|| key.to_owned())
        };
        let value = |text: &str| {
            let text = text.trim();
            let ok =
                text.len() <= 63 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            ok.then(|| text.to_owned())
        };
        if let Some(key) = part.strip_prefix('!') {
            return Some(Self { key: valid(key)?, test: Test::Absent });
        }
        if let Some((head, list)) = part.split_once('(') {
            let values: Option<Vec<String>> = list.strip_suffix(')')?.split(',').map(value).collect();
            let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
            let test = match word {
                "in" => Test::In(values?),
                "notin" => Test::NotIn(values?),
                _ => return None,
            };
            return Some(Self { key: valid(key)?, test });
        }
        if let Some((key, text)) = part.split_once("!=") {
            return Some(Self { key: valid(key)?, test: Test::NotIn(vec![value(text)?]) });
        }
        if let Some((key, text)) = part.split_once("==").or_else(|| part.split_once('=')) {
            return Some(Self { key: valid(key)?, test: Test::In(vec![value(text)?]) });
        }
        if let Some((key, text)) = part.split_once('>') {
            return Some(Self { key: valid(key)?, test: Test::Greater(text.trim().parse().ok()?) });
        }
        if let Some((key, text)) = part.split_once('<') {
            return Some(Self { key: valid(key)?, test: Test::Less(text.trim().parse().ok()?) });
        }
        Some(Self { key: valid(part)?, test: Test::Exists })
    }

    fn matches(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.iter().any(|one| one == value)),
            Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|one| one != value)),
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::Greater(bound) => number().is_some_and(|number| number > *bound),
            Test::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

fn bad(text: &str, part: &str) -> Status {
    Status::bad_request(format!("unable to parse requirement: invalid label selector \"{text}\" at \"{part}\""))
}

/// A field selector: equalities on a few fields of the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads the query form `a.b=c,d!=e` for a kind that can be selected by `known` fields beside its name and namespace.
    ///
    /// # Errors
    /// `BadRequest` for a field that the kind does not offer.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self> {
        let mut terms = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                (field, false, value)
            } else if let Some((field, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (field, true, value)
            } else {
                return Err(Status::bad_request(format!("invalid selector: '{text}'; can't understand '{part}'")));
            };
            if !matches!(field, "metadata.name" | "metadata.namespace") && !known.contains(&field) {
                return Err(Status::bad_request(format!("field label not supported: {field}")));
            }
            terms.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(terms))
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name that it asks for, if it asks for one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.iter().find(|(field, equal, _)| field == "metadata.name" && *equal).map(|(.., value)| value.as_str())
    }

    /// Whether an object fits; `fields` yields the kind's own fields.
    #[must_use]
    pub fn matches(&self, object: &Value, fields: fn(&Value) -> Vec<(&'static str, String)>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let own = fields(object);
        self.0.iter().all(|(field, equal, wanted)| {
            let found = match field.as_str() {
                "metadata.name" => object["metadata"]["name"].as_str().unwrap_or_default(),
                "metadata.namespace" => object["metadata"]["namespace"].as_str().unwrap_or_default(),
                other => own.iter().find(|(name, _)| *name == other).map_or("", |(_, value)| value.as_str()),
            };
            (found == wanted) == *equal
        })
    }
}

/// Whether a `metav1.LabelSelector` object picks an object. An absent selector picks nothing, an empty one everything.
#[must_use]
pub fn label_selector_matches(selector: &Value, object: &Value) -> bool {
    !selector.is_null() && LabelSelector::parse(&to_query(selector)).is_ok_and(|selector| selector.matches(object))
}

/// A `metav1.LabelSelector`, or a plain map of labels (a ReplicationController's), in the query form.
#[must_use]
pub fn to_query(selector: &Value) -> String {
    let structured = !selector["matchLabels"].is_null() || !selector["matchExpressions"].is_null();
    let labels = if structured { &selector["matchLabels"] } else { selector };
    let labels =
        labels.as_object().into_iter().flatten().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten().filter_map(|expression| {
        let key = expression["key"].as_str()?;
        let values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        Some(match expression["operator"].as_str()? {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        })
    });
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_are_selected() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front", "n": "5", "a.b/c": ""}}});
        let check = |text: &str, expected: bool| {
            assert_eq!(LabelSelector::parse(text).unwrap().matches(&object), expected, "{text}");
        };
        check("", true);
        check("app=web", true);
        check("app==web,tier=front", true);
        check("app=web,tier=back", false);
        check("app!=web", false);
        check("missing!=x", true);
        check("app in (web, api)", true);
        check("app in (api),tier", false);
        check("app notin (api),tier", true);
        check("missing notin (x)", true);
        check("!missing", true);
        check("!app", false);
        check("n>4", true);
        check("n<5", false);
        check("a.b/c=", true);
    }

    #[test]
    fn selectors_that_cannot_be_read_are_refused() {
        for text in ["a in b", "a in (b", "=b", "a=b c", "a within (b)", "n>x", "!"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
        assert!(FieldSelector::parse("spec.x=1", &["spec.nodeName"]).is_err());
        assert!(FieldSelector::parse("spec.nodeName", &["spec.nodeName"]).is_err());
    }

    #[test]
    fn fields_are_selected() {
        let object = json!({"metadata": {"name": "p", "namespace": "d"}, "spec": {"nodeName": "n1"}});
        let check = |text: &str, expected: bool| {
            let selector = FieldSelector::parse(text, &["spec.nodeName"]).unwrap();
            let fields: fn(&Value) -> Vec<(&'static str, String)> =
                |object| vec![("spec.nodeName", object["spec"]["nodeName"].as_str().unwrap_or_default().to_owned())];
            assert_eq!(selector.matches(&object, fields), expected, "{text}");
        };
        check("metadata.name=p", true);
        check("metadata.name=q", false);
        check("spec.nodeName=n1,metadata.namespace!=x", true);
        check("spec.nodeName!=n1", false);
        check("spec.nodeName=", false);
    }
}
