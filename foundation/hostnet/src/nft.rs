use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{Changes, Error, Owner};

/// The start of the name of the empty chain that remembers which text a table was made from.
const MARKER: &str = "made-from-";

/// The packets that a table sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    Ip,
    /// IPv4 and IPv6.
    Inet,
    /// ARP.
    Arp,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Inet => "inet",
            Self::Arp => "arp",
        }
    }
}

/// One nftables table, made and replaced as a whole in one transaction; other programs never see it half made.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its family.
    pub family: Family,
    /// Its name; of an owner's prefix if it is to be removed when nobody asks for it.
    pub name: String,
    /// Sets and maps: each the text of one declaration, such as `set a { type ipv4_addr; elements = { 10.0.0.1 } }`.
    pub sets: Vec<String>,
    /// Chains.
    pub chains: Vec<Chain>,
}

/// Where a base chain hangs.
#[derive(Debug, Clone)]
pub struct Hook {
    /// `filter`, `nat` or `route`.
    pub kind: &'static str,
    /// `prerouting`, `input`, `forward`, `output` or `postrouting`.
    pub hook: &'static str,
    /// Its place among the chains of the hook: lower goes first.
    pub priority: i32,
    /// Whether what no rule decides is dropped.
    pub drops: bool,
}

/// A chain of rules.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// The hook, for a base chain.
    pub hook: Option<Hook>,
    /// Each the text of one rule.
    pub rules: Vec<String>,
}

impl Chain {
    /// A chain that others jump to.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), hook: None, rules: Vec::new() }
    }

    /// A chain that sees packets by itself.
    pub fn base(name: impl Into<String>, kind: &'static str, hook: &'static str, priority: i32) -> Self {
        Self { hook: Some(Hook { kind, hook, priority, drops: false }), ..Self::new(name) }
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rules.push(rule.into());
        self
    }
}

impl Table {
    /// An empty table.
    pub fn new(family: Family, name: impl Into<String>) -> Self {
        Self { family, name: name.into(), sets: Vec::new(), chains: Vec::new() }
    }

    /// The chain, which is made if it is not there.
    pub fn chain(&mut self, name: &str) -> &mut Chain {
        let at = self.chains.iter().position(|chain| chain.name == name).unwrap_or_else(|| {
            self.chains.push(Chain::new(name));
            self.chains.len() - 1
        });
        &mut self.chains[at]
    }

    fn body(&self) -> String {
        let mut text = String::new();
        for set in &self.sets {
            let _ = writeln!(text, "  {set}");
        }
        // Every chain is declared before the first rule, which may jump to any of them.
        for chain in &self.chains {
            let _ = write!(text, "  chain {} {{", chain.name);
            if let Some(Hook { kind, hook, priority, drops }) = &chain.hook {
                let policy = if *drops { "drop" } else { "accept" };
                let _ = write!(text, " type {kind} hook {hook} priority {priority}; policy {policy};");
            }
            text.push_str(" }\n");
        }
        text
    }

    fn rules(&self) -> String {
        let mut text = String::new();
        for chain in &self.chains {
            for rule in &chain.rules {
                let _ = writeln!(text, "add rule {} {} {} {rule}", self.family.name(), self.name, chain.name);
            }
        }
        text
    }

    /// The name of the marker chain: it changes whenever the table's text does.
    fn marker(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (self.body(), self.rules()).hash(&mut hasher);
        format!("{MARKER}{:016x}", hasher.finish())
    }

    /// The script that replaces the table in one transaction.
    #[must_use]
    pub fn script(&self) -> String {
        let (family, name) = (self.family.name(), &self.name);
        // `add` before `delete`, for deleting what is not there is an error.
        format!(
            "add table {family} {name}\ndelete table {family} {name}\ntable {family} {name} {{\n{}  chain {} {{ }}\n}}\n{}",
            self.body(),
            self.marker(),
            self.rules()
        )
    }
}

/// Runs a script through `nft -f -` in the calling thread's namespace: all of it is done, or nothing.
pub fn run_script(script: &str) -> Result<(), Error> {
    nft(&["-f", "-"], script).map(drop)
}

/// Makes the tables what is wanted, in the calling thread's namespace.
pub(crate) fn apply(owner: Option<&Owner>, tables: &[Table], changes: &mut Changes) -> Result<(), Error> {
    if tables.is_empty() && owner.is_none() {
        return Ok(());
    }
    let there = Listing::read()?;
    let mut script = String::new();
    for table in tables {
        if !there.markers.contains(&(table.family.name().into(), table.name.clone(), table.marker())) {
            script.push_str(&table.script());
            changes.note(format!("nftables: table {} {}", table.family.name(), table.name));
        }
    }
    let unwanted = |(family, name): &&(String, String)| {
        owner.is_some_and(|owner| name.starts_with(owner.prefix))
            && !tables.iter().any(|table| table.family.name() == *family && table.name == *name)
    };
    for (family, name) in there.tables.iter().filter(unwanted) {
        let _ = writeln!(script, "delete table {family} {name}");
        changes.note(format!("nftables: remove table {family} {name}"));
    }
    if script.is_empty() { Ok(()) } else { run_script(&script) }
}

/// What `nft` lists: tables, and the marker chains in them.
struct Listing {
    tables: Vec<(String, String)>,
    markers: Vec<(String, String, String)>,
}

impl Listing {
    fn read() -> Result<Self, Error> {
        let objects = |what: &str| -> Result<Vec<serde_json::Value>, Error> {
            let text = nft(&["-j", "list", what], "")?;
            let mut list: serde_json::Value = serde_json::from_str(&text)
                .map_err(|error| Error::Nft { message: format!("its listing of {what} is no JSON: {error}") })?;
            Ok(list["nftables"].as_array_mut().map(std::mem::take).unwrap_or_default())
        };
        let field = |object: &serde_json::Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
        let tables = objects("tables")?
            .iter()
            .filter_map(|object| object.get("table"))
            .map(|table| (field(table, "family"), field(table, "name")))
            .collect();
        let markers = objects("chains")?
            .iter()
            .filter_map(|object| object.get("chain"))
            .map(|chain| (field(chain, "family"), field(chain, "table"), field(chain, "name")))
            .filter(|(_, _, name)| name.starts_with(MARKER))
            .collect();
        Ok(Self { tables, markers })
    }
}

fn nft(arguments: &[&str], input: &str) -> Result<String, Error> {
    let mut child = Command::new("nft")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::NftMissing)?;
    if let Some(mut stdin) = child.stdin.take() {
        // An `nft` that ends before it has read everything says why on its standard error.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(Error::NftMissing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Nft { message: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}
