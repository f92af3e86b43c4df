//! The region's objects in its own API server: reading and writing them, and the identifiers that AWS would give them.
//!
//! An account is a namespace; an object's name is its AWS id, or its name where AWS knows it by that.

pub mod ids;

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::api::{DeleteParams, ListParams, ObjectMeta, PostParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How often a change is tried anew when someone else changed the object in between.
const TRIES: usize = 32;

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The region's API server refused or did not answer.
    #[error("the region's own API server says: {0}")]
    Api(#[from] kube::Error),
    /// Someone else kept changing the object.
    #[error("{0} is changed by others all the time: try again")]
    Busy(String),
}

/// What every kind of the region is.
pub trait Object:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
}

impl<K> Object for K where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static
{
}

/// The objects of one account.
#[derive(Clone)]
pub struct Objects {
    client: Client,
    account: String,
}

impl Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Objects {
    /// The objects of an account.
    #[must_use]
    pub fn new(client: Client, account: &str) -> Self {
        Self { client, account: account.to_owned() }
    }

    /// The account: twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The client of the region's API server.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// All objects of a kind, as an API.
    #[must_use]
    pub fn api<K: Object>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.account)
    }

    /// One object.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn get<K: Object>(&self, name: &str) -> Result<Option<K>, Error> {
        // A name that cannot be one is nobody's; asking for the empty one would be a list.
        if name.is_empty() || name.contains(['/', '%']) {
            return Ok(None);
        }
        Ok(self.api::<K>().get_opt(name).await?)
    }

    /// All objects of a kind, by name.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn list<K: Object>(&self) -> Result<Vec<K>, Error> {
        Ok(self.api::<K>().list(&ListParams::default()).await?.items)
    }

    /// Creates an object. Gives none when its name is taken.
    ///
    /// # Errors
    /// When the API server does not answer, or refuses.
    pub async fn create<K: Object>(&self, object: &K) -> Result<Option<K>, Error> {
        match self.api::<K>().create(&PostParams::default(), object).await {
            Ok(made) => Ok(Some(made)),
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes an object, or its status. Gives none when there is no such object, and what `change` refuses with.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn change<K: Object, R>(
        &self,
        name: &str,
        part: Part,
        mut change: impl FnMut(&mut K) -> Result<(), R>,
    ) -> Result<Option<Result<K, R>>, Error> {
        let api = self.api::<K>();
        for _ in 0..TRIES {
            let Some(mut object) = self.get::<K>(name).await? else { return Ok(None) };
            if let Err(refusal) = change(&mut object) {
                return Ok(Some(Err(refusal)));
            }
            let written = match part {
                Part::Spec => api.replace(name, &PostParams::default(), &object).await,
                Part::Status => api.replace_status(name, &PostParams::default(), &object).await,
            };
            match written {
                Ok(object) => return Ok(Some(Ok(object))),
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy(format!("{} {name}", K::kind(&()))))
    }

    /// Deletes an object. Gives whether it was there.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn delete<K: Object>(&self, name: &str) -> Result<bool, Error> {
        match self.api::<K>().delete(name, &DeleteParams::default()).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// What of an object a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was asked.
    Spec,
    /// What is.
    Status,
}

/// The metadata of a new object.
#[must_use]
pub fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

/// When an object was made, as RFC 3339.
pub fn created<K: Resource>(object: &K) -> String {
    object.creation_timestamp().map(|time| time.0.to_string()).unwrap_or_default()
}
