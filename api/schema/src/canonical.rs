//! An object as Kubernetes would show it after storing it.

use serde_json::{Map, Value};

use crate::scalar::{self, duration, quantity, time};
use crate::table::{Alternative, Scalar, Shape, Table, TypeId};
use crate::zero::{Zeros, is_omitted};
use crate::{Error, MAX_DEPTH};

/// How many values may be put into an object. A large one of the largest allowed size has a tenth of that.
const MAX_FILLED: usize = 1_000_000;

/// Makes an object what Kubernetes would show of it after reading and storing it: quantities and times in their one form, no `null`s,
/// no empty values where Go leaves them out, zero values where it does not, no unknown fields. Defaults are not its business.
///
/// # Errors
/// [`Error::Mismatch`] or [`Error::Invalid`], in the words of Go's decoder, if a field's value is not of its type. The API server
/// puts before them: `Deployment in version "v1" cannot be handled as a Deployment: `. The object is then half done.
pub fn canonicalise(table: &Table, ty: TypeId, object: &mut Value) -> Result<(), Error> {
    Walk { zeros: Zeros { table, budget: MAX_FILLED } }.value(ty, object, 0)
}

/// The text that Kubernetes keeps of a quantity: `1Gi` of `1024Mi`.
///
/// # Errors
/// [`Error::Invalid`] if the text is no quantity.
pub fn canonical_quantity(text: &str) -> Result<String, Error> {
    quantity::canonical(text).map_err(|message| Error::Invalid { path: String::new(), message: message.to_owned() })
}

/// A quantity's amount in billionths, rounded up, to compare and to add.
///
/// # Errors
/// [`Error::Invalid`] if the text is no quantity, or one of more than 10^29.
pub fn quantity_nanos(text: &str) -> Result<i128, Error> {
    let invalid = || Error::Invalid { path: String::new(), message: quantity::FORMAT.to_owned() };
    quantity::amount(text).map(|amount| amount.nanos).ok_or_else(invalid)
}

struct Walk<'a> {
    zeros: Zeros<'a>,
}

impl Walk<'_> {
    fn value(&mut self, ty: TypeId, value: &mut Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let table = self.zeros.table;
        if value.is_null() {
            *value = self.zeros.zero(ty)?;
            return Ok(());
        }
        match (table.shape(ty), &mut *value) {
            (Shape::Struct { .. }, Value::Object(object)) => {
                let mut given = std::mem::take(object);
                self.structure(ty, &mut given, object, depth)
            }
            (Shape::List { element, .. }, Value::Array(values)) => {
                values.iter_mut().try_for_each(|value| self.value(*element, value, depth + 1))?;
                if values.is_empty() {
                    *value = Value::Null;
                }
                Ok(())
            }
            (Shape::Map { value: inner }, Value::Object(entries)) => {
                entries.iter_mut().try_for_each(|(_, value)| self.value(*inner, value, depth + 1))?;
                if entries.is_empty() {
                    *value = Value::Null;
                }
                Ok(())
            }
            (Shape::SchemaOr { schema, .. }, Value::Object(_)) => self.value(*schema, value, depth + 1),
            (Shape::SchemaOr { alternative: Alternative::Bool, .. }, Value::Bool(_)) => Ok(()),
            (Shape::SchemaOr { schema, alternative: Alternative::Schemas }, Value::Array(values)) => {
                values.iter_mut().try_for_each(|value| self.value(*schema, value, depth + 1))
            }
            (Shape::SchemaOr { alternative: Alternative::Strings, .. }, Value::Array(values)) => {
                values.iter().try_for_each(|value| scalar::string(value).map(drop))
            }
            (Shape::Scalar(scalar), _) => leaf(*scalar, value),
            _ => Err(scalar::mismatch(value, &table.go_name(ty))),
        }
    }

    /// Moves a struct's fields from the object that was given to the one that is shown.
    fn structure(
        &mut self,
        ty: TypeId,
        given: &mut Map<String, Value>,
        shown: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Error> {
        let table = self.zeros.table;
        let Shape::Struct { fields, .. } = table.shape(ty) else { return Ok(()) };
        for field in fields {
            if field.is_inline() {
                self.structure(field.ty, given, shown, depth)?;
                continue;
            }
            let value = match given.remove(&*field.name) {
                None | Some(Value::Null) => self.zeros.field(field)?,
                Some(mut value) => {
                    self.value(field.ty, &mut value, depth + 1).map_err(|error| error.within(table, field, ty))?;
                    (!is_omitted(table, field, &value)).then_some(value)
                }
            };
            if let Some(value) = value {
                shown.insert(field.name.clone().into_owned(), value);
            }
        }
        Ok(())
    }
}

fn leaf(scalar: Scalar, value: &mut Value) -> Result<(), Error> {
    match scalar {
        Scalar::String => drop(scalar::string(value)?),
        Scalar::Bool => drop(scalar::bool(value)?),
        Scalar::Int32 => drop(scalar::int32(value)?),
        Scalar::Int64 => drop(scalar::int64(value)?),
        Scalar::Float64 => drop(scalar::float64(value)?),
        Scalar::Bytes => *value = scalar::bytes_to_json(&scalar::bytes(value)?),
        Scalar::IntOrString if value.is_string() => {}
        Scalar::IntOrString => drop(scalar::int_or_string_number(value)?),
        Scalar::Quantity => *value = Value::String(scalar::quantity(value)?),
        Scalar::Time | Scalar::MicroTime => {
            let moment = scalar::moment(scalar, value)?.filter(|moment| !time::is_zero(*moment));
            *value =
                moment.map_or(Value::Null, |moment| Value::String(time::format(moment, scalar == Scalar::MicroTime)));
        }
        Scalar::Duration => *value = Value::String(duration::to_text(duration::from_json(value)?)),
        Scalar::Raw | Scalar::Fields | Scalar::Json => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(api_version: &str, kind: &str, mut object: Value) -> Result<Value, String> {
        let table = Table::builtin();
        let ty = table.kind_of(api_version, kind).unwrap();
        canonicalise(table, ty, &mut object).map_err(|error| error.to_string())?;
        Ok(object)
    }

    #[test]
    fn objects_are_shown_as_go_prints_them() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "nonsense": 1,
            "metadata": {"name": "a", "labels": {}, "creationTimestamp": null, "finalizers": []},
            "spec": {"hostNetwork": false, "containers": [{"image": "a", "nonsense": 1,
                "resources": {"limits": {"memory": "1024Mi", "cpu": 0.5}}}]},
        });
        let shown = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "status": {},
            "spec": {"containers": [{"name": "", "image": "a", "resources": {"limits": {"memory": "1Gi", "cpu": "500m"}}}]},
        });
        assert_eq!(canonical("v1", "Pod", pod), Ok(shown));
        let role = json!({"metadata": {"name": "r", "creationTimestamp": "2026-01-01T01:00:00.5+01:00"}, "rules": []});
        let shown = json!({"metadata": {"name": "r", "creationTimestamp": "2026-01-01T00:00:00Z"}, "rules": null});
        assert_eq!(canonical("rbac.authorization.k8s.io/v1", "Role", role), Ok(shown));
    }

    #[test]
    fn errors_are_in_the_words_of_go() {
        let check = |kind: &str, object: Value, expected: &str| {
            let api_version = if kind == "Deployment" { "apps/v1" } else { "v1" };
            assert_eq!(canonical(api_version, kind, object).unwrap_err(), expected);
        };
        check(
            "Deployment",
            json!({"spec": {"replicas": "two"}}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check(
            "Deployment",
            json!({"spec": {"replicas": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        check(
            "Deployment",
            json!({"spec": {"template": {"spec": {"containers": [{"env": [{"name": "A", "value": 1}]}]}}}}),
            "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        );
        check(
            "Pod",
            json!({"spec": {"containers": {}}}),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        );
        check(
            "Pod",
            json!({"spec": {"restartPolicy": 1}}),
            "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
        );
        check(
            "Pod",
            json!({"metadata": {"labels": {"a": true}}}),
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
        );
        check("Pod", json!([]), "json: cannot unmarshal array into Go value of type v1.Pod");
        check("Pod", json!({"spec": {"overhead": {"cpu": "lots"}}}), quantity::FORMAT);
        check("Secret", json!({"data": {"a": "*"}}), "illegal base64 data at input byte 0");
        check(
            "Service",
            json!({"spec": {"ports": [{"targetPort": true}]}}),
            "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
        );
    }
}
