//! Reads the type declarations of a Go package: only what the API packages of Kubernetes use.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The type declarations of one Go package, by name, and the group it says it serves.
#[derive(Default)]
pub struct Package {
    /// Declared types.
    pub types: BTreeMap<String, Declaration>,
    /// `const GroupName = "…"`, if the package says one.
    pub group: Option<String>,
}

/// What a type declaration declares.
#[derive(Clone, Debug)]
pub enum Declaration {
    /// `type X struct { … }`.
    Struct(Vec<Field>),
    /// `type X Y`, with Y as an expression whose package names are resolved.
    Named(Expression),
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in JSON; empty for an inlined struct.
    pub json: String,
    /// `omitempty` in the JSON tag.
    pub omit_empty: bool,
    /// `omitzero` in the JSON tag.
    pub omit_zero: bool,
    /// The protobuf field number; 0 when the field is not in protobuf.
    pub number: u32,
    /// `patchStrategy` and `patchMergeKey`.
    pub patch: (String, String),
    /// The field's type.
    pub ty: Expression,
}

/// A Go type expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A predeclared type such as `string`.
    Basic(String),
    /// A type of a package: (import path, name).
    Of(String, String),
    /// `*T`.
    Pointer(Box<Expression>),
    /// `[]T`.
    Slice(Box<Expression>),
    /// `map[K]T`; keys are always strings.
    Map(Box<Expression>, Box<Expression>),
}

const BASIC: &[&str] =
    &["bool", "string", "byte", "int", "int32", "int64", "uint8", "uint32", "uint64", "float64", "float32"];

/// Reads every source file of the package at `folder`, whose import path is `path`.
pub fn read(folder: &Path, path: &str) -> Result<Package> {
    let mut package = Package::default();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("reading the Go package {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|file| {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.ends_with(".go")
                && !name.ends_with("_test.go")
                && !name.starts_with("zz_")
                && !name.starts_with("generated")
                && !name.ends_with("_generated.go")
        })
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        read_file(&text, path, &mut package).with_context(|| format!("reading {}", file.display()))?;
    }
    Ok(package)
}

fn read_file(text: &str, path: &str, package: &mut Package) -> Result<()> {
    let mut imports = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.split("//").next().unwrap_or_default().trim_end();
        if line == "import (" {
            for line in lines.by_ref() {
                if line.trim() == ")" {
                    break;
                }
                import(line, &mut imports);
            }
        } else if let Some(line) = line.strip_prefix("import ") {
            import(line, &mut imports);
        } else if let Some(rest) = line
            .trim_start()
            .strip_prefix("const GroupName = ")
            .or_else(|| line.trim_start().strip_prefix("const GroupName string = "))
        {
            package.group = Some(rest.trim_matches('"').to_owned());
        } else if let Some(rest) = line.strip_prefix("type ") {
            let Some((name, declared)) = rest.split_once(' ') else { continue };
            let declared = declared.trim();
            if name.contains(['[', '(']) || declared.starts_with("interface") || declared.starts_with("func") {
                continue;
            }
            let declared = declared.trim_start_matches("= ");
            let declaration = match declared {
                "struct{}" => Declaration::Struct(Vec::new()),
                "struct {" => {
                    let mut fields = Vec::new();
                    for line in lines.by_ref() {
                        if line == "}" {
                            break;
                        }
                        if let Some(field) =
                            field(line, path, &imports).with_context(|| format!("type {name}: {line}"))?
                        {
                            fields.push(field);
                        }
                    }
                    Declaration::Struct(fields)
                }
                _ => match expression(declared, path, &imports) {
                    Ok(expression) => Declaration::Named(expression),
                    Err(_) => continue,
                },
            };
            package.types.insert(name.to_owned(), declaration);
        }
    }
    Ok(())
}

fn import(line: &str, imports: &mut BTreeMap<String, String>) {
    let Some((before, rest)) = line.split_once('"') else { return };
    let path = rest.split('"').next().unwrap_or_default();
    let alias = before.trim();
    let name = if alias.is_empty() { path.rsplit('/').next().unwrap_or(path) } else { alias };
    imports.insert(name.to_owned(), path.to_owned());
}

fn field(line: &str, path: &str, imports: &BTreeMap<String, String>) -> Result<Option<Field>> {
    let line = line.trim();
    if line.starts_with("//") {
        return Ok(None);
    }
    let mut parts = line.splitn(3, '`');
    let (Some(before), Some(tags)) = (parts.next(), parts.next()) else { return Ok(None) };
    let mut words = before.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    if words.next().is_some() {
        bail!("more words than a name and a type");
    }
    let ty = expression(second.unwrap_or(first), path, imports)?;
    let json = tag(tags, "json").unwrap_or_default();
    let mut json = json.split(',');
    let mut name = json.next().unwrap_or_default().to_owned();
    if name == "-" {
        return Ok(None);
    }
    let flags: Vec<_> = json.collect();
    let protobuf = tag(tags, "protobuf").unwrap_or_default();
    let number = protobuf.split(',').nth(1).and_then(|number| number.parse().ok()).unwrap_or_default();
    if name.is_empty() && second.is_some() && !flags.contains(&"inline") {
        // encoding/json then takes the field's own name.
        name = first.to_owned();
    }
    Ok(Some(Field {
        json: name,
        omit_empty: flags.contains(&"omitempty"),
        omit_zero: flags.contains(&"omitzero"),
        number,
        patch: (
            tag(tags, "patchStrategy").unwrap_or_default().to_owned(),
            tag(tags, "patchMergeKey").unwrap_or_default().to_owned(),
        ),
        ty,
    }))
}

fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    tags.split_whitespace().find_map(|tag| tag.strip_prefix(name)?.strip_prefix(":\"")?.strip_suffix('"'))
}

fn expression(text: &str, path: &str, imports: &BTreeMap<String, String>) -> Result<Expression> {
    if let Some(rest) = text.strip_prefix('*') {
        return Ok(Expression::Pointer(Box::new(expression(rest, path, imports)?)));
    }
    if let Some(rest) = text.strip_prefix("[]") {
        return Ok(Expression::Slice(Box::new(expression(rest, path, imports)?)));
    }
    if let Some(rest) = text.strip_prefix("map[") {
        let (key, value) = rest.split_once(']').context("a map without a key type")?;
        return Ok(Expression::Map(
            Box::new(expression(key, path, imports)?),
            Box::new(expression(value, path, imports)?),
        ));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
        // Such as `interface{}`, which no table type uses; whoever wants it as a type is told then.
        return Ok(Expression::Basic(text.to_owned()));
    }
    if let Some((package, name)) = text.split_once('.') {
        let import = imports.get(package).with_context(|| format!("no import is named {package}"))?;
        return Ok(Expression::Of(import.clone(), name.to_owned()));
    }
    if BASIC.contains(&text) {
        return Ok(Expression::Basic(text.to_owned()));
    }
    Ok(Expression::Of(path.to_owned(), text.to_owned()))
}
