//! `cargo xtask schema <Kubernetes checkout>`: regenerates the schema crate's table of built-in kinds and fields.
//!
//! Three sources are joined, since none has everything. The Go types say how a value is laid out: JSON and protobuf names and
//! numbers, pointers, `omitempty`, patch strategies. The OpenAPI documents say what lists and maps mean: list types and keys,
//! what is required, defaults. The `.proto` files say which named lists are messages of their own.

mod go;
mod openapi;
mod table;

use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes the table and the descriptions made from the checkout at `kubernetes`.
pub fn regenerate(kubernetes: &Path) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/schema/src/builtin");
    let made = table::make(kubernetes)?;
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.join(name);
        std::fs::write(&file, bytes).with_context(|| format!("writing {}", file.display()))
    };
    write("table.txt", made.table.as_bytes())?;
    write("descriptions.gz", &made.descriptions)?;
    println!(
        "{} types, {} fields; {} KiB of table, {} KiB of descriptions",
        made.types,
        made.fields,
        made.table.len() / 1024,
        made.descriptions.len() / 1024
    );
    Ok(())
}
