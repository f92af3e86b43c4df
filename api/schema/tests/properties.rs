#![allow(clippy::unwrap_used, reason = "tests")]
//! What holds for every object of every kind, and for whatever else a client may send.

use proptest::prelude::*;
use reks_schema::{
    Alternative, Change, Scalar, Shape, Table, TypeId, apply_defaults, canonicalise, decode_message, encode_message,
    json_merge, prune_unknown, server_side_apply, strategic_merge, track_update, unknown_fields,
};
use serde_json::{Map, Value, json};

/// How deep made-up objects go: enough for the probes of a pod template's containers.
const DEPTH: u32 = 10;

/// A small generator of numbers (xorshift): objects of a type are too large to be described as a strategy.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn word(&mut self) -> String {
        (0..self.below(4)).map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap())).collect()
    }

    /// A value of a type, with about a third of its fields.
    fn value(&mut self, ty: TypeId, depth: u32) -> Value {
        let table = Table::builtin();
        let below = depth.saturating_sub(1);
        match table.shape(ty) {
            Shape::Struct { .. } => {
                let mut object = Map::new();
                for field in table.fields(ty) {
                    // `kind` and `apiVersion` are in protobuf's envelope, and of what is nested nowhere.
                    let (_, owner) = table.field_and_owner(ty, &field.name).unwrap();
                    if table.get(owner).short_name() == "TypeMeta" {
                        continue;
                    }
                    if depth > 0 && self.below(3) == 0 {
                        object.insert(field.name.clone().into_owned(), self.value(field.ty, below));
                    }
                }
                Value::Object(object)
            }
            Shape::List { element, .. } => (0..self.below(3)).map(|_| self.value(*element, below)).collect(),
            Shape::Map { value } => {
                let entries = (0..self.below(3)).map(|_| (self.word(), self.value(*value, below)));
                Value::Object(entries.collect())
            }
            Shape::SchemaOr { alternative, schema } => match alternative {
                _ if self.below(2) == 0 => self.value(*schema, below.min(2)),
                Alternative::Bool => json!(self.below(2) == 0),
                Alternative::Strings => json!(["a"]),
                Alternative::Schemas => json!([{"type": "string"}]),
            },
            Shape::Scalar(scalar) => self.scalar(*scalar),
        }
    }

    fn scalar(&mut self, scalar: Scalar) -> Value {
        let units = ["", "m", "k", "Ki", "Mi", "e3"];
        match scalar {
            Scalar::String => self.word().into(),
            Scalar::Bool => (self.below(2) == 0).into(),
            Scalar::Int32 => (i64::try_from(self.below(1 << 32)).unwrap() - (1 << 31)).into(),
            Scalar::Int64 => self.below(u64::MAX).cast_signed().into(),
            Scalar::Float64 => json!(self.below(1000) as f64 / 8.0),
            Scalar::Bytes => ["", "aGk="][usize::try_from(self.below(2)).unwrap()].into(),
            Scalar::IntOrString => [json!(0), json!("25%"), json!(80)][usize::try_from(self.below(3)).unwrap()].clone(),
            Scalar::Quantity => {
                format!("{}{}", self.below(2000), units[usize::try_from(self.below(6)).unwrap()]).into()
            }
            Scalar::Time => moment(self.below(4_000_000_000)),
            Scalar::MicroTime => "2026-01-02T03:04:05.678901Z".into(),
            Scalar::Duration => format!("{}m", self.below(100)).into(),
            Scalar::Raw | Scalar::Fields | Scalar::Json => json!({"a": [1, null, "x"]}),
        }
    }
}

fn moment(seconds: u64) -> Value {
    jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap().to_string().into()
}

/// An object of some kind.
fn any_object() -> impl Strategy<Value = (TypeId, String, String, Value)> {
    let kinds: Vec<_> = Table::builtin()
        .kinds()
        .map(|(group, version, kind, ty)| {
            (format!("{group}/{version}").trim_start_matches('/').to_owned(), kind.to_owned(), ty)
        })
        .collect();
    (proptest::sample::select(kinds), 1..u64::MAX)
        .prop_map(|((api_version, kind, ty), seed)| (ty, api_version, kind, Numbers(seed).value(ty, DEPTH)))
}

/// Any JSON, with names that mean something.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from),
    ];
    let name = proptest::sample::select(vec![
        "metadata",
        "spec",
        "status",
        "template",
        "containers",
        "name",
        "ports",
        "containerPort",
        "labels",
        "finalizers",
        "env",
        "managedFields",
        "fieldsV1",
        "f:spec",
        "k:{\"name\":\"a\"}",
        "v:1",
        ".",
        "$patch",
        "$retainKeys",
        "volumes",
        "$setElementOrder/containers",
        "$deleteFromPrimitiveList/finalizers",
        "resources",
        "limits",
        "data",
        "x",
    ]);
    leaf.prop_recursive(7, 64, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((name.clone(), inner), 0..5).prop_map(|entries| Value::Object(
                entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

fn change<'a>(ty: TypeId, api_version: &'a str) -> Change<'a> {
    let now = "2026-01-01T00:00:00Z";
    Change { table: Table::builtin(), ty, api_version, manager: "m", subresource: "", now, reset: &[&["status"]] }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn objects_survive_protobuf((ty, api_version, kind, object) in any_object()) {
        let table = Table::builtin();
        prop_assert_eq!(unknown_fields(table, ty, &object), Vec::<String>::new());
        let mut canonical = object.clone();
        canonicalise(table, ty, &mut canonical).unwrap();
        let mut again = canonical.clone();
        canonicalise(table, ty, &mut again).unwrap();
        prop_assert_eq!(&again, &canonical, "{} {}: canonical objects stay", api_version, kind);
        let decoded = decode_message(table, ty, &encode_message(table, ty, &object).unwrap()).unwrap();
        prop_assert_eq!(decoded, canonical);
    }

    #[test]
    fn defaults_are_set_once((ty, api_version, kind, object) in any_object()) {
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let mut defaulted = object;
        canonicalise(Table::builtin(), ty, &mut defaulted).unwrap();
        apply_defaults(group, version, &kind, &mut defaulted).unwrap();
        let mut again = defaulted.clone();
        apply_defaults(group, version, &kind, &mut again).unwrap();
        prop_assert_eq!(&again, &defaulted);
        canonicalise(Table::builtin(), ty, &mut again).unwrap();
        prop_assert_eq!(unknown_fields(Table::builtin(), ty, &again), Vec::<String>::new());
    }

    #[test]
    fn what_is_applied_twice_stays((ty, api_version, _, object) in any_object()) {
        let mut object = object;
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let applied = server_side_apply(&change(ty, &api_version), None, &object, false);
        // Who says nothing but empty lists is not recorded.
        if let Ok(applied) = applied && applied.pointer("/metadata/managedFields").is_some() {
            let again = server_side_apply(&change(ty, &api_version), Some(&applied), &object, false);
            prop_assert_eq!(again, Ok(applied));
        }
    }

    #[test]
    fn nothing_panics(a in any_json(), b in any_json(), kind in proptest::sample::select(vec![("", "v1", "Pod"), ("apps", "v1", "Deployment"), ("", "v1", "Service"), ("apiextensions.k8s.io", "v1", "CustomResourceDefinition")])) {
        let table = Table::builtin();
        let ty = table.kind(kind.0, kind.1, kind.2).unwrap();
        let _ = encode_message(table, ty, &a);
        let _ = unknown_fields(table, ty, &a);
        let _ = strategic_merge(table, ty, &a, &b);
        let _ = server_side_apply(&change(ty, "v1"), Some(&a), &b, true);
        let _ = server_side_apply(&change(ty, "v1"), Some(&a), &b, false);
        let mut copy = b.clone();
        track_update(&change(ty, "v1"), Some(&a), &mut copy);
        let mut copy = a.clone();
        let _ = apply_defaults(kind.0, kind.1, kind.2, &mut copy);
        let mut copy = a.clone();
        prune_unknown(table, ty, &mut copy);
        prop_assert!(unknown_fields(table, ty, &copy).is_empty());
        let mut copy = a.clone();
        let _ = canonicalise(table, ty, &mut copy);
        let mut copy = a;
        json_merge(&mut copy, b);
    }
}
