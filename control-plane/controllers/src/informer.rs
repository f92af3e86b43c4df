//! A copy of all objects of a kind, kept up to date by a watch, and those who want to hear of changes.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Client, Resource, ResourceExt};
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

/// How long to wait until a write of our own is seen. Longer means that the watch is broken; the next change wakes us then.
const SEEN: Duration = Duration::from_secs(5);

/// Namespace (empty for none) and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Namespace; empty for objects that have none.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// The key of an object.
    pub fn of<K: Resource>(object: &K) -> Self {
        Self { namespace: object.namespace().unwrap_or_default(), name: object.name_any() }
    }

    /// A key by its parts.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// What became of an object: `(before, after)`, one of which may be missing.
type Listener<K> = Box<dyn Fn(Option<&Arc<K>>, Option<&Arc<K>>) + Send + Sync>;

struct Shared<K> {
    objects: RwLock<HashMap<Key, Arc<K>>>,
    listeners: RwLock<Vec<Arc<Listener<K>>>>,
    changed: Notify,
    synced: tokio::sync::watch::Sender<bool>,
}

/// All objects of a kind. Clones share them.
pub struct Informer<K> {
    shared: Arc<Shared<K>>,
}

impl<K> Clone for Informer<K> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<K> Informer<K>
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    K::DynamicType: Default,
{
    /// Starts to watch all objects of the kind, or those that the configuration selects.
    #[must_use]
    pub fn start(client: Client, config: watcher::Config) -> Self {
        Self::follow(Api::all(client), config)
    }

    /// Starts to watch the objects of an API.
    #[must_use]
    pub fn follow(api: Api<K>, config: watcher::Config) -> Self {
        let shared = Arc::new(Shared {
            objects: RwLock::default(),
            listeners: RwLock::default(),
            changed: Notify::new(),
            synced: tokio::sync::watch::Sender::new(false),
        });
        let informer = Self { shared: shared.clone() };
        tokio::spawn(async move {
            let mut events = std::pin::pin!(watch(api, config).default_backoff());
            let mut listed: Option<HashMap<Key, Arc<K>>> = None;
            while let Some(event) = events.next().await {
                match event {
                    Ok(Event::Init) => listed = Some(HashMap::new()),
                    Ok(Event::InitApply(object)) => {
                        let object = Arc::new(slim(object));
                        listed.get_or_insert_default().insert(Key::of(&*object), object);
                    }
                    Ok(Event::InitDone) => {
                        shared.replace(listed.take().unwrap_or_default());
                        shared.synced.send_replace(true);
                    }
                    Ok(Event::Apply(object)) => {
                        let object = Arc::new(slim(object));
                        let before = shared.objects.write().insert(Key::of(&*object), object.clone());
                        shared.tell(before.as_ref(), Some(&object));
                    }
                    Ok(Event::Delete(object)) => {
                        let before = shared.objects.write().remove(&Key::of(&object));
                        shared.tell(before.as_ref(), None);
                    }
                    Err(error) => tracing::debug!(%error, "a watch failed and is started again"),
                }
            }
        });
        informer
    }

    /// Hears of every change from now on, and of every object that is there.
    pub fn listen(&self, listener: impl Fn(Option<&Arc<K>>, Option<&Arc<K>>) + Send + Sync + 'static) {
        let listener: Arc<Listener<K>> = Arc::new(Box::new(listener));
        self.shared.listeners.write().push(listener.clone());
        // What changes in between is heard of twice, which does no harm. No lock is held: listeners may look around.
        let present: Vec<Arc<K>> = self.shared.objects.read().values().cloned().collect();
        for object in &present {
            listener(None, Some(object));
        }
    }

    /// Waits until everything that is there has been listed.
    pub async fn synced(&self) {
        // The sender lives as long as this informer.
        let _ = self.shared.synced.subscribe().wait_for(|synced| *synced).await;
    }

    /// One object.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Arc<K>> {
        self.shared.objects.read().get(key).cloned()
    }

    /// The objects that a test picks.
    pub fn select(&self, pick: impl Fn(&K) -> bool) -> Vec<Arc<K>> {
        self.shared.objects.read().values().filter(|object| pick(object)).cloned().collect()
    }

    /// Waits until a write that answered with this object has been seen, or the object is gone.
    pub async fn saw(&self, written: &K) {
        let key = Key::of(written);
        let revision = revision(written);
        self.wait(|objects| objects.get(&key).is_none_or(|object| revision_reached(object, revision))).await;
    }

    /// Waits until an object that was created has been seen.
    pub async fn saw_new(&self, written: &K) {
        let key = Key::of(written);
        let revision = revision(written);
        self.wait(|objects| objects.get(&key).is_some_and(|object| revision_reached(object, revision))).await;
    }

    /// Waits until an object is gone or is being deleted.
    pub async fn saw_deleted(&self, key: &Key, uid: Option<&str>) {
        let gone = |object: &Arc<K>| object.meta().deletion_timestamp.is_some() || object.uid().as_deref() != uid;
        self.wait(|objects| objects.get(key).is_none_or(gone)).await;
    }

    /// Waits until an object is as a test wants it.
    pub async fn until(&self, key: &Key, done: impl Fn(Option<&K>) -> bool) {
        self.wait(|objects| done(objects.get(key).map(|object| &**object))).await;
    }

    async fn wait(&self, done: impl Fn(&HashMap<Key, Arc<K>>) -> bool) {
        let waiting = async {
            loop {
                let changed = self.shared.changed.notified();
                if done(&self.shared.objects.read()) {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(SEEN, waiting).await;
    }
}

impl<K: Resource> Shared<K> {
    fn tell(&self, before: Option<&Arc<K>>, after: Option<&Arc<K>>) {
        let listeners = self.listeners.read().clone();
        for listener in &listeners {
            listener(before, after);
        }
        self.changed.notify_waiters();
    }

    /// Takes a whole new list, telling what differs.
    fn replace(&self, new: HashMap<Key, Arc<K>>) {
        let old = std::mem::replace(&mut *self.objects.write(), new.clone());
        for (key, object) in &new {
            let before = old.get(key);
            if before.is_none_or(|before| before.resource_version() != object.resource_version()) {
                self.tell(before, Some(object));
            }
        }
        for (_, object) in old.iter().filter(|(key, _)| !new.contains_key(key)) {
            self.tell(Some(object), None);
        }
        self.changed.notify_waiters();
    }
}

/// What no controller reads is not kept.
fn slim<K: Resource>(mut object: K) -> K {
    object.meta_mut().managed_fields = None;
    object
}

/// A resourceVersion as the number that it is (KEP-5504).
fn revision<K: Resource>(object: &K) -> u128 {
    object.resource_version().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn revision_reached<K: Resource>(object: &Arc<K>, wanted: u128) -> bool {
    revision(&**object) >= wanted
}
