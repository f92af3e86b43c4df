//! The row of the table of kinds.

use jiff::Timestamp;
use serde_json::Value;

use crate::FieldError;

/// One kind in one served version: its names and the few rules that a schema cannot say.
///
/// Rows are constants, made with [`Kind::new`] and struct update syntax, one file a kind. The API server reads them to
/// build its routes, discovery and tables.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Served version, e.g. `v1`.
    pub version: &'static str,
    /// Name of the kind, e.g. `Pod`.
    pub kind: &'static str,
    /// Resource name in paths, e.g. `pods`.
    pub plural: &'static str,
    /// Singular name, e.g. `pod`.
    pub singular: &'static str,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// Short names, e.g. `po`.
    pub short_names: &'static [&'static str],
    /// Categories, e.g. `all`.
    pub categories: &'static [&'static str],
    /// How objects of this kind are kept.
    pub storage: Storage,
    /// Verbs on the object itself, as discovery lists them.
    pub verbs: &'static [&'static str],
    /// Subresources beside the object itself.
    pub subresources: &'static [Subresource],
    /// Whether `metadata.generation` counts changes of the spec (everything but metadata and status).
    pub generation: bool,
    /// Whether the name may be any path segment (RBAC kinds) rather than a DNS subdomain.
    pub name_rule: NameRule,
    /// Whether an update of an object that is not there creates it.
    pub create_on_update: bool,
    /// First column of the Table encoding. Events have their name among the other columns: none here.
    pub name_column: Option<Column>,
    /// Columns of the Table encoding after [`Kind::name_column`], as `kubectl get` prints them.
    pub columns: &'static [Column],
    /// Rules of creation beyond defaulting: clears what only the system sets. Name, uid and creation time are set before, since
    /// a job's labels hold them; where users are recorded (certificate requests), the server has done so.
    pub prepare_create: fn(&mut Value),
    /// Rules of an update of the object itself: keeps what this endpoint may not change. `(new, old)`.
    pub prepare_update: fn(&mut Value, &Value),
    /// What is wrong with an object, new or changed, field by field.
    pub validate: fn(&Value) -> Vec<FieldError>,
    /// What is wrong with a new object, beyond [`Kind::validate`].
    pub validate_create: fn(&Value) -> Vec<FieldError>,
    /// What is wrong with the change from the old object to the new one (`(new, old)`), beyond [`Kind::validate`].
    pub validate_update: fn(&Value, &Value) -> Vec<FieldError>,
    /// What is wrong with the new status (`(new, old)`).
    pub validate_status: fn(&Value, &Value) -> Vec<FieldError>,
    /// Rules of updates through subresources that take the kind itself, other than `status`.
    pub subresource_rules: &'static [SubresourceRules],
    /// Values for field selectors beyond `metadata.name` and `metadata.namespace`.
    pub fields: fn(&Value) -> Vec<(&'static str, String)>,
    /// Names of the fields that [`Kind::fields`] yields.
    pub field_names: &'static [&'static str],
}

/// How objects of a kind are kept.
#[derive(Debug, Clone, Copy)]
pub enum Storage {
    /// Kept in the store under the kind's own group and plural.
    Own,
    /// Kept as another kind and converted at the edge: the same objects in a second group or version, as `events.k8s.io` shows core events.
    As {
        /// Group of the kind that is kept.
        group: &'static str,
        /// Plural of the kind that is kept.
        plural: &'static str,
        /// Turns an object of this kind into one of the kept kind.
        to_stored: fn(&mut Value),
        /// Turns a kept object into one of this kind.
        from_stored: fn(&mut Value),
    },
    /// Not kept: the API server answers by itself (reviews, component statuses).
    Virtual,
}

/// A subresource that the API server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subresource {
    /// `status`: changes the status alone.
    Status,
    /// `scale` as `autoscaling/v1` Scale, with the paths of its parts.
    Scale {
        /// Dotted path of the wanted replicas.
        spec: &'static str,
        /// Dotted path of the observed replicas.
        status: &'static str,
        /// Dotted path of the selector.
        selector: &'static str,
    },
    /// Another one, by its name, the kind that it takes and the verbs it allows.
    Named {
        /// Name in the path, e.g. `eviction`.
        name: &'static str,
        /// Group, version and kind of its body.
        kind: (&'static str, &'static str, &'static str),
        /// Verbs as discovery lists them.
        verbs: &'static [&'static str],
    },
}

/// Rules of updates through one subresource, e.g. `ephemeralcontainers` of pods. They take the place of
/// [`Kind::prepare_update`], [`Kind::validate`] and [`Kind::validate_update`].
#[derive(Debug, Clone, Copy)]
pub struct SubresourceRules {
    /// Name of the subresource.
    pub name: &'static str,
    /// Keeps what this endpoint may not change. `(new, old)`.
    pub prepare: fn(&mut Value, &Value),
    /// What is wrong with the change, `(new, old)`.
    pub validate: fn(&Value, &Value) -> Vec<FieldError>,
}

/// What names a kind accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRule {
    /// RFC 1123 subdomain: most kinds.
    Subdomain,
    /// RFC 1123 label: namespaces.
    Label,
    /// RFC 1035 label: services.
    Label1035,
    /// Anything that can stand as one segment of a path: RBAC kinds.
    PathSegment,
}

/// One column of a Table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Header.
    pub name: &'static str,
    /// OpenAPI type: `string`, `integer`, `boolean`, `date`.
    pub kind: &'static str,
    /// OpenAPI format: `name` where the cell is the object's name, else empty.
    pub format: &'static str,
    /// 0: always shown; 1: with `-o wide`.
    pub priority: u8,
    /// Description in the Table's header.
    pub description: &'static str,
    /// The cell for one object at a moment.
    pub cell: fn(&Value, Timestamp) -> Value,
}

impl Column {
    /// A column of text, always shown.
    #[must_use]
    pub const fn string(name: &'static str, description: &'static str, cell: fn(&Value, Timestamp) -> Value) -> Self {
        Self { name, kind: "string", format: "", priority: 0, description, cell }
    }

    /// A column of integers, always shown.
    #[must_use]
    pub const fn integer(name: &'static str, description: &'static str, cell: fn(&Value, Timestamp) -> Value) -> Self {
        Self { kind: "integer", ..Self::string(name, description, cell) }
    }

    /// A column of booleans, always shown.
    #[must_use]
    pub const fn boolean(name: &'static str, description: &'static str, cell: fn(&Value, Timestamp) -> Value) -> Self {
        Self { kind: "boolean", ..Self::string(name, description, cell) }
    }

    /// The same column, shown with `-o wide` alone.
    #[must_use]
    pub const fn wide(self) -> Self {
        Self { priority: 1, ..self }
    }
}

/// The verbs of a kind with no restriction, in the order of discovery.
const ALL_VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

impl Kind {
    /// A row with no special rules: namespaced or not, kept by itself, with the columns Name and Age.
    #[must_use]
    pub const fn new(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
        singular: &'static str,
        namespaced: bool,
    ) -> Self {
        Self {
            group,
            version,
            kind,
            plural,
            singular,
            namespaced,
            short_names: &[],
            categories: &[],
            storage: Storage::Own,
            verbs: ALL_VERBS,
            subresources: &[],
            generation: false,
            name_rule: NameRule::Subdomain,
            create_on_update: false,
            name_column: Some(crate::columns::NAME),
            columns: &[crate::columns::AGE],
            prepare_create: |_| {},
            prepare_update: |_, _| {},
            validate: |_| Vec::new(),
            validate_create: |_| Vec::new(),
            validate_update: |_, _| Vec::new(),
            validate_status: |_, _| Vec::new(),
            subresource_rules: &[],
            fields: |_| Vec::new(),
            field_names: &[],
        }
    }

    /// `v1` or `group/version`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The rules of updates through a subresource, if it has any of its own.
    #[must_use]
    pub fn rules_of(&self, subresource: &str) -> Option<&'static SubresourceRules> {
        self.subresource_rules.iter().find(|rules| rules.name == subresource)
    }

    /// Whether `/status` is served.
    #[must_use]
    pub fn has_status(&self) -> bool {
        self.subresources.contains(&Subresource::Status)
    }
}
