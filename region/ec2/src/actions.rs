//! The API's actions, a file a resource.

mod gateways;
mod interfaces;
mod route_tables;
mod security_groups;
mod subnets;
mod vpcs;
mod zones;

pub use interfaces::allocate as allocate_interface;

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use reks_objects::{Object, Objects, Part, ids};
use reks_wire::Error;
use reks_wire::query::{Form, fits};
use serde_json::{Value, json};

use crate::objects::{InternetGateway, NetworkInterface, RouteTable, SecurityGroup, Subnet, Tags, Vpc};

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A call of an action.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub objects: Objects,
    pub region: String,
    pub form: Form,
}

type Action = fn(Call) -> BoxFuture<'static, Result<Value>>;

const TAGS: &[(&str, Action)] = &[
    ("CreateTags", |call| Box::pin(async move { create_tags(&call).await })),
    ("DeleteTags", |call| Box::pin(async move { delete_tags(&call).await })),
];

const TABLES: &[&[(&str, Action)]] = &[
    vpcs::ACTIONS,
    subnets::ACTIONS,
    gateways::ACTIONS,
    route_tables::ACTIONS,
    security_groups::ACTIONS,
    interfaces::ACTIONS,
    zones::ACTIONS,
    TAGS,
];

/// Answers an action of EC2.
///
/// # Errors
/// What the client is told.
pub async fn ec2(objects: &Objects, region: &str, form: Form) -> Result<Value> {
    let action = form.get("Action").unwrap_or_default().to_owned();
    let found = TABLES.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == action);
    let Some((_, run)) = found else {
        return Err(Error::client("InvalidAction", format!("The action {action} is not valid for this web service.")));
    };
    if form.flag("DryRun") {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Error::client("DryRunOperation", message).with_status(http::StatusCode::PRECONDITION_FAILED));
    }
    run(Call { objects: objects.clone(), region: region.to_owned(), form }).await
}

impl Call {
    fn required(&self, name: &str) -> Result<&str> {
        self.form.get(name).ok_or_else(|| {
            Error::client("MissingParameter", format!("The request must contain the parameter {}", lower(name)))
        })
    }

    fn owner(&self) -> &str {
        self.objects.account()
    }

    async fn list<K: Object>(&self) -> Result<Vec<K>> {
        self.objects.list().await.map_err(Error::internal)
    }

    /// An object by its id.
    async fn find<K: Object + Described>(&self, id: &str) -> Result<K> {
        if !id.starts_with(K::PREFIX) {
            let message = format!("Invalid id: \"{id}\" (expecting \"{}...\")", K::PREFIX);
            return Err(Error::client(K::MALFORMED, message));
        }
        self.objects.get(id).await.map_err(Error::internal)?.ok_or_else(|| not_there::<K>(id))
    }

    async fn change<K: Object + Described>(&self, id: &str, change: impl FnMut(&mut K) -> Result<()>) -> Result<K> {
        self.find::<K>(id).await?;
        let changed = self.objects.change::<K, Error>(id, Part::Spec, change).await.map_err(Error::internal)?;
        changed.ok_or_else(|| not_there::<K>(id))?
    }

    async fn make<K: Object>(&self, object: &K) -> Result<K> {
        let made = self.objects.create(object).await.map_err(Error::internal)?;
        made.ok_or_else(|| Error::internal("an identifier was made twice"))
    }

    /// The tags that a resource is made with.
    fn new_tags(&self, kind: &str) -> Tags {
        let own = |form: &&Form| form.get("ResourceType") == Some(kind);
        let specifications = self.form.structures("TagSpecification");
        specifications.iter().filter(own).flat_map(|form| tags_in(form, "Tag")).collect()
    }

    /// The objects of a kind that the request asks for: by ids and by filters.
    async fn described<K: Object + Described>(&self) -> Result<Vec<Value>> {
        let wanted = self.form.list(K::IDS);
        let mut all = self.list::<K>().await?;
        all.sort_by_key(|object| object.meta().creation_timestamp.as_ref().map(|time| time.0));
        for id in &wanted {
            if !all.iter().any(|object| object.meta().name.as_ref() == Some(id)) {
                self.find::<K>(id).await?;
            }
        }
        let filters = self.form.filters();
        let mut shown = Vec::new();
        for object in all {
            let id = object.meta().name.clone().unwrap_or_default();
            if !wanted.is_empty() && !wanted.contains(&id) {
                continue;
            }
            let value = object.show(self).await?;
            let mut picked = true;
            for (name, values) in &filters {
                let own = filter_values::<K>(&object, &value, name)?;
                picked &= values.iter().any(|pattern| own.iter().any(|text| fits(pattern, text)));
            }
            if picked {
                shown.push(value);
            }
        }
        Ok(shown)
    }
}

/// What EC2 knows of a kind.
pub(crate) trait Described: Sized {
    /// What its ids begin with.
    const PREFIX: &'static str;
    /// The parameter that lists ids.
    const IDS: &'static str;
    /// The code for an id that is not there.
    const NOT_FOUND: &'static str;
    /// The code for an id that cannot be one.
    const MALFORMED: &'static str;
    /// What it is called in messages.
    const NAME: &'static str;
    /// Filters, and where in what is shown their values are.
    const FILTERS: &'static [(&'static str, &'static str)];

    /// Tags.
    fn tags(&self) -> &Tags;

    /// Tags, to be changed.
    fn tags_mut(&mut self) -> &mut Tags;

    /// The object as EC2 shows it.
    fn show(&self, call: &Call) -> impl Future<Output = Result<Value>> + Send;
}

fn not_there<K: Described>(id: &str) -> Error {
    Error::client(K::NOT_FOUND, format!("The {} ID '{id}' does not exist", K::NAME))
}

fn filter_values<K: Described>(object: &K, shown: &Value, name: &str) -> Result<Vec<String>> {
    if let Some(key) = name.strip_prefix("tag:") {
        return Ok(object.tags().get(key).cloned().into_iter().collect());
    }
    if name == "tag-key" {
        return Ok(object.tags().keys().cloned().collect());
    }
    let found = K::FILTERS.iter().find(|(own, _)| *own == name);
    let Some((_, path)) = found else {
        return Err(Error::client("InvalidParameterValue", format!("The filter '{name}' is invalid")));
    };
    let mut values = vec![shown];
    for part in path.split('.') {
        values = values
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().map(|item| &item[part]).collect(),
                other => vec![&other[part]],
            })
            .collect();
    }
    Ok(values
        .into_iter()
        .filter(|value| !value.is_null())
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .collect())
}

fn tags_in(form: &Form, name: &str) -> Tags {
    let pair = |form: &Form| {
        (form.get("Key").unwrap_or_default().to_owned(), form.get("Value").unwrap_or_default().to_owned())
    };
    form.structures(name).iter().map(pair).collect()
}

/// Tags as EC2 shows them; null for none.
pub(crate) fn tag_set(tags: &BTreeMap<String, String>) -> Value {
    let list: Vec<Value> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    if list.is_empty() { Value::Null } else { list.into() }
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// What is in use, in EC2's words.
pub(crate) fn in_use(kind: &str, id: &str) -> Error {
    Error::client("DependencyViolation", format!("The {kind} '{id}' has dependencies and cannot be deleted."))
}

async fn create_tags(call: &Call) -> Result<Value> {
    let new = tags_in(&call.form, "Tag");
    for id in call.form.list("ResourceId") {
        change_tags(call, &id, |tags| tags.extend(new.clone())).await?;
    }
    Ok(json!({"return": true}))
}

async fn delete_tags(call: &Call) -> Result<Value> {
    let keys: Vec<String> =
        call.form.structures("Tag").iter().filter_map(|form| form.get("Key").map(str::to_owned)).collect();
    for id in call.form.list("ResourceId") {
        change_tags(call, &id, |tags| tags.retain(|key, _| !keys.contains(key))).await?;
    }
    Ok(json!({"return": true}))
}

async fn change_tags(call: &Call, id: &str, mut change: impl FnMut(&mut Tags)) -> Result<()> {
    macro_rules! of_kind {
        ($($kind:ty),*) => {$(
            if id.starts_with(<$kind as Described>::PREFIX) {
                call.change::<$kind>(id, |object| {
                    change(object.tags_mut());
                    Ok(())
                }).await?;
                return Ok(());
            }
        )*};
    }
    of_kind!(Vpc, Subnet, InternetGateway, RouteTable, SecurityGroup, NetworkInterface);
    Err(Error::client("InvalidID", format!("The ID '{id}' is not valid")))
}

/// A new id of a kind.
pub(crate) fn new_id<K: Described>() -> String {
    ids::resource(K::PREFIX.trim_end_matches('-'))
}
