//! Values as XML: maps as elements, lists as elements of one name.

use serde_json::Value;

/// An element with a value in it.
#[must_use]
pub fn element(name: &str, value: &Value, item: &str) -> String {
    format!("<{name}>{}</{name}>", content(value, item))
}

/// What stands in an element: text, the elements of a map, or the items of a list. Nulls are left out.
#[must_use]
pub fn content(value: &Value, item: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escape(text),
        Value::Array(items) => items.iter().map(|one| element(item, one, item)).collect(),
        Value::Object(map) => {
            map.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| element(name, value, item)).collect()
        }
    }
}

/// Text as it may stand in an element. Characters that XML 1.0 cannot have are left out.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_elements() {
        let value = json!({"vpcSet": [{"vpcId": "v", "isDefault": false, "none": null}], "text": "a<b&c"});
        assert_eq!(
            content(&value, "item"),
            "<text>a&lt;b&amp;c</text><vpcSet><item><isDefault>false</isDefault><vpcId>v</vpcId></item></vpcSet>"
        );
    }
}
