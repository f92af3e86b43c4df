//! The built-in kinds, as text that the binary carries; made by `cargo xtask schema`.

use std::sync::LazyLock;

use aws_lc_rs::digest::{self, Digest};

use crate::{Table, parse};

const TABLE: &str = include_str!("builtin/table.txt");

/// What the documents say of types and fields, compressed.
pub(crate) const DESCRIPTIONS: &[u8] = include_bytes!("builtin/descriptions.gz");

/// Tells one table from another.
pub(crate) fn digest() -> &'static [u8] {
    static DIGEST: LazyLock<Digest> = LazyLock::new(|| {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(TABLE.as_bytes());
        context.update(DESCRIPTIONS);
        context.finish()
    });
    DIGEST.as_ref()
}

/// Reads the table. Names and keys stay where the text is, in the binary; about 0.5 MB is allocated for the rest.
pub(crate) fn table() -> Table {
    parse::table(TABLE).expect("the committed table is well-formed: a test reads it")
}

#[cfg(test)]
mod tests {
    use crate::{ListType, Shape, Table};

    #[test]
    fn kinds_are_found_by_group_and_version() {
        let table = Table::builtin();
        let pod = table.kind("", "v1", "Pod").unwrap();
        assert_eq!(table.get(pod).name, "api/core/v1.Pod");
        assert_eq!(table.get(pod).definition_name(), "io.k8s.api.core.v1.Pod");
        assert_eq!(table.named("api/core/v1.Pod"), Some(pod));
        assert_eq!(table.kind_of("apps/v1", "DeleteOptions"), table.kind("meta.k8s.io", "v1", "DeleteOptions"));
        assert!(table.kind("apps", "v1", "Pod").is_none());
        assert!(table.kind("apps", "v1", "").is_none());
    }

    #[test]
    fn inlined_fields_are_found() {
        let table = Table::builtin();
        let volume = table.named("api/core/v1.Volume").unwrap();
        let (field, owner) = table.field_and_owner(volume, "hostPath").unwrap();
        assert_eq!((&*field.name, table.get(owner).short_name()), ("hostPath", "VolumeSource"));
        assert!(table.field(volume, "").is_none());
        assert!(table.fields(volume).iter().any(|field| field.name == "emptyDir"));
    }

    #[test]
    fn lists_say_what_they_mean() {
        let table = Table::builtin();
        let container = table.named("api/core/v1.Container").unwrap();
        let ports = table.field(container, "ports").unwrap();
        assert_eq!((ports.list, ports.list_keys().len(), ports.merge_key()), (ListType::Map, 2, Some("containerPort")));
        assert!(ports.patch_merges());
        assert!(matches!(table.shape(ports.ty), Shape::List { .. }));
        assert_eq!(table.go_name(ports.ty), "[]v1.ContainerPort");
    }
}
