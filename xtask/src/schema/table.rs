//! Joins the sources into the table's text.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::go::{self, Declaration, Expression, Field};
use super::openapi::{Definitions, is_zero};

/// What is written.
pub struct Made {
    /// The table's text.
    pub table: String,
    /// The descriptions, compressed: for each type in the table's order a line for it, then one for each of its fields by name; last a
    /// line for each special type, and one for patches.
    pub descriptions: Vec<u8>,
    /// How many types.
    pub types: usize,
    /// How many fields.
    pub fields: usize,
}

/// Types whose JSON or protobuf form is not that of their Go struct: (package, name, the table's word).
const SPECIAL: &[(&str, &str, &str)] = &[
    ("k8s.io/apimachinery/pkg/apis/meta/v1", "Time", "time"),
    ("k8s.io/apimachinery/pkg/apis/meta/v1", "MicroTime", "microtime"),
    ("k8s.io/apimachinery/pkg/apis/meta/v1", "Duration", "duration"),
    ("k8s.io/apimachinery/pkg/apis/meta/v1", "FieldsV1", "fields"),
    ("k8s.io/apimachinery/pkg/api/resource", "Quantity", "quantity"),
    ("k8s.io/apimachinery/pkg/util/intstr", "IntOrString", "intorstring"),
    ("k8s.io/apimachinery/pkg/runtime", "RawExtension", "raw"),
    ("k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", "JSON", "json"),
    ("k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", "JSONSchemaPropsOrArray", "schemaorarray"),
    ("k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", "JSONSchemaPropsOrBool", "schemaorbool"),
    ("k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", "JSONSchemaPropsOrStringArray", "schemaorstrings"),
];

const META: &str = "k8s.io/apimachinery/pkg/apis/meta/v1";

/// The options, answers and partial objects of every group version that travel as objects of their own.
const META_KINDS: &[&str] = &[
    "APIGroup",
    "APIGroupList",
    "APIResourceList",
    "APIVersions",
    "CreateOptions",
    "DeleteOptions",
    "GetOptions",
    "ListOptions",
    "PartialObjectMetadata",
    "PartialObjectMetadataList",
    "PatchOptions",
    "Status",
    "UpdateOptions",
    "WatchEvent",
];

/// Packages outside the OpenAPI documents whose kinds are sent to webhooks or read by clients.
const EXTRA_PACKAGES: &[&str] =
    &["k8s.io/api/admission/v1", "k8s.io/api/apidiscovery/v2", "k8s.io/metrics/pkg/apis/metrics/v1beta1"];

struct Sources {
    staging: PathBuf,
    packages: BTreeMap<String, go::Package>,
    protos: BTreeMap<String, String>,
}

impl Sources {
    fn package(&mut self, path: &str) -> Result<&go::Package> {
        if !self.packages.contains_key(path) {
            let folder = self.staging.join(path);
            let package = go::read(&folder, path)?;
            self.packages.insert(path.to_owned(), package);
            let proto = std::fs::read_to_string(folder.join("generated.proto")).unwrap_or_default();
            self.protos.insert(path.to_owned(), proto);
        }
        self.packages.get(path).context("just inserted")
    }

    fn declaration(&mut self, path: &str, name: &str) -> Result<Declaration> {
        let package = self.package(path)?;
        package.types.get(name).cloned().with_context(|| format!("{path} declares no type {name}"))
    }

    fn is_message(&self, path: &str, name: &str) -> bool {
        self.protos.get(path).is_some_and(|proto| proto.contains(&format!("\nmessage {name} {{")))
    }

    /// The fields of a struct type, also through `type X Y`.
    fn fields(&mut self, path: &str, name: &str) -> Result<Option<Vec<Field>>> {
        match self.declaration(path, name)? {
            Declaration::Struct(fields) => Ok(Some(fields)),
            Declaration::Named(Expression::Of(path, name)) => self.fields(&path, &name),
            Declaration::Named(_) => Ok(None),
        }
    }
}

/// A type's word in the table, and what Go calls it in an error.
struct Word {
    text: String,
    go: String,
    derived: String,
}

struct Maker {
    sources: Sources,
    queue: VecDeque<(String, String)>,
    seen: BTreeSet<(String, String)>,
    /// For an inlined struct, the definition of a struct that holds it: the documents show its fields there only.
    holders: BTreeMap<(String, String), String>,
}

impl Maker {
    fn want(&mut self, path: &str, name: &str) {
        if self.seen.insert((path.to_owned(), name.to_owned())) {
            self.queue.push_back((path.to_owned(), name.to_owned()));
        }
    }

    fn word(&mut self, expression: &Expression) -> Result<Word> {
        Ok(match expression {
            Expression::Basic(name) => {
                let text = match name.as_str() {
                    "bool" | "string" | "int32" | "int64" | "float64" => name.clone(),
                    _ => bail!("the table has no scalar {name}"),
                };
                Word { go: name.clone(), derived: name.clone(), text }
            }
            Expression::Pointer(inner) => {
                let word = self.word(inner)?;
                Word { text: format!("*{}", word.text), ..word }
            }
            Expression::Slice(inner) if matches!(&**inner, Expression::Basic(name) if name == "byte") => {
                Word { text: "bytes".into(), go: "[]uint8".into(), derived: "[]uint8".into() }
            }
            Expression::Slice(inner) => {
                let word = self.word(inner)?;
                Word {
                    text: format!("[]{}", word.text),
                    go: format!("[]{}", word.go),
                    derived: format!("[]{}", word.derived),
                }
            }
            Expression::Map(key, value) => {
                let (key, word) = (self.word(key)?, self.word(value)?);
                if key.text != "string" {
                    bail!("a map whose keys are not strings");
                }
                Word {
                    text: format!("{{}}{}", word.text),
                    go: format!("map[{}]{}", key.go, word.go),
                    derived: format!("map[string]{}", word.derived),
                }
            }
            Expression::Of(path, name) => {
                let go = format!("{}.{name}", path.rsplit('/').next().unwrap_or_default());
                if let Some((.., word)) =
                    SPECIAL.iter().find(|(package, special, _)| package == path && special == name)
                {
                    return Ok(Word { text: (*word).to_owned(), derived: go.clone(), go });
                }
                if self.sources.fields(path, name)?.is_some() {
                    self.want(path, name);
                    return Ok(Word { text: type_name(path, name), derived: go.clone(), go });
                }
                let Declaration::Named(inner) = self.sources.declaration(path, name)? else {
                    bail!("a struct without fields")
                };
                if matches!(inner, Expression::Slice(_)) && self.sources.is_message(path, name) {
                    self.want(path, name);
                    return Ok(Word { text: type_name(path, name), derived: go.clone(), go });
                }
                Word { go, ..self.word(&inner)? }
            }
        })
    }
}

/// `k8s.io/api/apps/v1` and `Deployment` to `api/apps/v1.Deployment`.
fn type_name(path: &str, name: &str) -> String {
    format!("{}.{name}", path.trim_start_matches("k8s.io/"))
}

/// The definition's name in the OpenAPI documents.
fn definition_name(path: &str, name: &str) -> String {
    format!("io.{}.{name}", path.replacen("k8s.io/", "k8s/", 1).replace('/', "."))
}

/// Makes the table from a checkout of Kubernetes.
pub fn make(kubernetes: &Path) -> Result<Made> {
    let definitions = Definitions::read(&kubernetes.join("api/openapi-spec"))?;
    let sources =
        Sources { staging: kubernetes.join("staging/src"), packages: BTreeMap::new(), protos: BTreeMap::new() };
    let mut maker = Maker { sources, queue: VecDeque::new(), seen: BTreeSet::new(), holders: BTreeMap::new() };
    let mut paths: BTreeSet<String> = definitions
        .prefixes()
        .into_iter()
        .filter_map(|prefix| Some(format!("k8s.io/{}", prefix.strip_prefix("io.k8s.")?.replace('.', "/"))))
        .filter(|path| path.starts_with("k8s.io/api/") || path.contains("/apis/api"))
        .collect();
    paths.extend(EXTRA_PACKAGES.iter().map(|&path| path.to_owned()));
    let mut kinds = BTreeSet::new();
    let type_meta = Expression::Of(META.to_owned(), "TypeMeta".to_owned());
    for path in &paths {
        let package = maker.sources.package(path)?;
        let group = package.group.clone().with_context(|| format!("{path} does not name its group"))?;
        let version = path.rsplit('/').next().unwrap_or_default().to_owned();
        let names: Vec<_> = package.types.keys().cloned().collect();
        for name in names {
            let fields = maker.sources.fields(path, &name)?.unwrap_or_default();
            let is_kind = fields.iter().any(|field| field.json.is_empty() && field.ty == type_meta);
            if is_kind && (definitions.knows(&definition_name(path, &name)) || maker.sources.is_message(path, &name)) {
                kinds.insert((group.clone(), version.clone(), name.clone(), path.clone()));
                maker.want(path, &name);
            }
        }
    }
    for name in META_KINDS {
        kinds.insert(("meta.k8s.io".into(), "v1".into(), (*name).into(), META.into()));
        maker.want(META, name);
    }
    let mut blocks = BTreeMap::new();
    let mut count = 0;
    while let Some((path, name)) = maker.queue.pop_front() {
        let block = block(&mut maker, &definitions, &path, &name).with_context(|| format!("the type {path}.{name}"))?;
        count += block.0.lines().count() - 1;
        blocks.insert(type_name(&path, &name), block);
    }
    let mut table = String::from(
        "# Made by `cargo xtask schema` from Kubernetes' Go types and OpenAPI documents; do not edit. The format is described in parse.rs.\n",
    );
    for (group, version, kind, path) in &kinds {
        writeln!(table, "kind\t{group}\t{version}\t{kind}\t{}", type_name(path, kind))?;
    }
    let mut descriptions = String::new();
    for (text, said) in blocks.values() {
        table.push_str(text);
        descriptions.push_str(said);
    }
    for (path, name, _) in SPECIAL {
        descriptions.push_str(&line(definitions.description(&definition_name(path, name))));
    }
    descriptions.push_str(&line(definitions.description(&definition_name(META, "Patch"))));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(descriptions.as_bytes())?;
    Ok(Made { table, descriptions: encoder.finish()?, types: blocks.len(), fields: count })
}

/// A type's lines in the table and its lines of descriptions.
fn block(maker: &mut Maker, definitions: &Definitions, path: &str, name: &str) -> Result<(String, String)> {
    let mut definition = definition_name(path, name);
    if let Some(holder) =
        maker.holders.get(&(path.to_owned(), name.to_owned())).filter(|_| !definitions.knows(&definition))
    {
        definition.clone_from(holder);
    }
    let mut text = format!("type\t{}", type_name(path, name));
    let mut said = line(definitions.description(&definition));
    let Some(fields) = maker.sources.fields(path, name)? else {
        let Declaration::Named(inner) = maker.sources.declaration(path, name)? else {
            bail!("neither a struct nor a list")
        };
        let word = maker.word(&inner)?;
        writeln!(text, "\tlist\t{}", word.text)?;
        return Ok((text, said));
    };
    text.push_str(if definitions.is_atomic(&definition) { "\tatomic\n" } else { "\tstruct\n" });
    let mut described = Vec::new();
    for field in fields {
        if let (true, Expression::Of(path, name)) = (field.json.is_empty(), &field.ty)
            && definitions.knows(&definition)
        {
            maker.holders.entry((path.clone(), name.clone())).or_insert_with(|| definition.clone());
        }
        let word = maker.word(&field.ty)?;
        let facts = definitions.facts(&definition, &field.json);
        write!(text, "\t{}\t{}\t{}", field.json, field.number, word.text)?;
        for (is, flag) in [
            (field.omit_empty, "omit"),
            (field.omit_zero, "zero"),
            (facts.required, "required"),
            (facts.map_type == "atomic", "atomicmap"),
            (facts.map_type == "granular", "granularmap"),
        ] {
            if is {
                write!(text, "\t{flag}")?;
            }
        }
        if !facts.list_type.is_empty() {
            write!(text, "\tlist={}", facts.list_type)?;
        }
        if !facts.list_keys.is_empty() {
            write!(text, "\tkeys={}", facts.list_keys.join(","))?;
        }
        if !field.patch.0.is_empty() {
            write!(text, "\tpatch={}", field.patch.0)?;
        }
        if !field.patch.1.is_empty() {
            write!(text, "\tmerge={}", field.patch.1)?;
        }
        if word.go != word.derived {
            write!(text, "\tgo={}", word.go)?;
        }
        // The documents say the zero value of every field that is always printed; elsewhere it is meant.
        let meant = |default: &serde_json::Value| {
            matches!(field.ty, Expression::Pointer(_))
                || !is_zero(default)
                || (field.omit_empty && !default.is_object())
        };
        if let Some(default) = facts.default.filter(meant) {
            write!(text, "\tdefault={default}")?;
        }
        text.push('\n');
        described.push((field.json, line(&facts.description)));
    }
    // The table in memory has its fields by name, and so the descriptions go by name too.
    described.sort_by(|a, b| a.0.cmp(&b.0));
    said.extend(described.into_iter().map(|(_, line)| line));
    Ok((text, said))
}

fn line(description: &str) -> String {
    format!("{}\n", description.replace('\\', "\\\\").replace('\n', "\\n"))
}
