use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Checks a message's bytes, without its envelope, and that they read back as `shown`.
fn check(type_name: &str, object: Value, bytes: &str, shown: Value) {
    let table = Table::builtin();
    let ty = table.named(type_name).unwrap();
    let encoded = encode_message(table, ty, &object).unwrap();
    assert_eq!(hex::encode(&encoded), bytes, "{object}");
    assert_eq!(decode_message(table, ty, &encoded).unwrap(), shown);
}

#[test]
fn the_envelope_names_the_kind() {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}});
    let encoded = encode_protobuf("v1", "Namespace", &object).unwrap();
    assert!(is_protobuf(&encoded));
    assert_eq!(&hex::encode(&encoded)[..42], "6b3873000a0f0a02763112094e616d657370616365");
    let (api_version, kind, decoded) = decode_protobuf(&encoded).unwrap();
    assert_eq!((&*api_version, &*kind), ("v1", "Namespace"));
    assert_eq!(
        decoded,
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}, "spec": {}, "status": {}})
    );
}

#[test]
fn values_are_written_even_if_zero_but_pointers_only_if_set() {
    let port = "api/core/v1.ServicePort";
    check(port, json!({"port": 80}), "0a00120018502206080010001a002800", json!({"port": 80, "targetPort": 0}));
    check(
        port,
        json!({"name": "w", "protocol": "TCP", "port": 80, "targetPort": "http", "appProtocol": ""}),
        "0a017712035443501850220a080110001a046874747028003200",
        json!({"name": "w", "protocol": "TCP", "port": 80, "targetPort": "http", "appProtocol": ""}),
    );
}

#[test]
fn leaves_are_messages() {
    let requirements = "api/core/v1.ResourceRequirements";
    let limits = json!({"limits": {"memory": "1Gi", "cpu": "100m"}});
    check(requirements, limits.clone(), "0a0d0a0363707512060a043130306d0a0f0a066d656d6f727912050a03314769", limits);
    let lease = json!({"renewTime": "1970-01-01T00:00:01.500000Z", "leaseTransitions": -1});
    check("api/coordination/v1.LeaseSpec", lease.clone(), "220808011080cab5ee0128ffffffffffffffffff01", lease);
}

#[test]
fn maps_go_by_key_and_bytes_are_base64() {
    let secret = json!({"data": {"b": "aGk=", "a": ""}, "metadata": {}});
    check(
        "api/core/v1.Secret",
        secret,
        "0a100a0012001a0022002a0032003800420012050a0161120012070a0162120268691a00",
        json!({"data": {"a": "", "b": "aGk="}, "metadata": {}}),
    );
}

#[test]
fn inlined_structs_are_messages_of_their_own() {
    let volume = json!({"name": "v", "configMap": {"name": "c"}});
    check("api/core/v1.Volume", volume.clone(), "0a017612089a01050a030a0163", volume);
}

#[test]
fn watch_events_hold_an_enveloped_object() {
    let object = json!({"metadata": {"name": "a"}});
    let event = encode_watch_event("ADDED", "v1", "ConfigMap", &object).unwrap();
    let table = Table::builtin();
    let decoded = decode_message(table, table.kind("", "v1", "WatchEvent").unwrap(), &event).unwrap();
    assert_eq!(
        decoded,
        json!({"type": "ADDED", "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}})
    );
}

#[test]
fn what_is_not_the_kind_is_refused() {
    let mismatched = encode_protobuf("apps/v1", "Deployment", &json!({"spec": {"replicas": "two"}})).unwrap_err();
    assert_eq!(
        mismatched.to_string(),
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
    );
    let unknown = encode_protobuf("example.com/v1", "Widget", &json!({})).unwrap_err();
    assert!(matches!(unknown, Error::UnknownKind { .. }));
    assert_eq!(decode_protobuf(b"{}"), Err(Error::NotEnveloped));
}

#[test]
fn a_small_body_cannot_fill_the_memory() {
    let table = Table::builtin();
    let list = table.kind("", "v1", "PodList").unwrap();
    let bytes = [0x12, 0].repeat(1_000_000);
    assert_eq!(decode_message(table, list, &bytes), Err(Error::TooLarge));
    let schema = table.named("apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaProps").unwrap();
    let mut deep = Vec::new();
    for _ in 0..1000 {
        let mut writer = Writer::with_capacity(0);
        writer.bytes(28, &deep);
        deep = writer.finish();
    }
    assert_eq!(decode_message(table, schema, &deep), Err(Error::TooDeep));
}

proptest! {}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512), ty in 0..Table::builtin().named) {
        let ty = crate::TypeId(u32::try_from(ty).unwrap());
        let _ = decode_message(Table::builtin(), ty, &bytes);
        let _ = decode_protobuf(&[PREFIX, &bytes[..]].concat());
    }
}
