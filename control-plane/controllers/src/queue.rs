//! Names of objects that wait to be looked at: each at most once in the queue, and by one worker at a time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The first wait after a failure; it doubles with every further one.
const FIRST_WAIT: Duration = Duration::from_millis(10);
/// The longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct State<K> {
    waiting: VecDeque<K>,
    /// Those that wait, and those that are to be looked at again after the look that is going on.
    wanted: HashSet<K>,
    busy: HashSet<K>,
    failures: HashMap<K, u32>,
}

/// A queue of keys. Clones share it. It holds at most as many keys as there are objects.
#[derive(Debug)]
pub struct Queue<K> {
    state: Arc<Mutex<State<K>>>,
    added: Arc<Notify>,
}

impl<K> Clone for Queue<K> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), added: self.added.clone() }
    }
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        let state =
            State { waiting: VecDeque::new(), wanted: HashSet::new(), busy: HashSet::new(), failures: HashMap::new() };
        Self { state: Arc::new(Mutex::new(state)), added: Arc::new(Notify::new()) }
    }
}

impl<K> Queue<K>
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
{
    /// Asks for a look at a key.
    pub fn add(&self, key: K) {
        let mut state = self.state.lock();
        if !state.wanted.insert(key.clone()) || state.busy.contains(&key) {
            return;
        }
        state.waiting.push_back(key);
        drop(state);
        self.added.notify_one();
    }

    /// Asks for a look later.
    pub fn add_after(&self, key: K, wait: Duration) {
        let queue = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            queue.add(key);
        });
    }

    async fn next(&self) -> K {
        loop {
            let added = self.added.notified();
            {
                let mut state = self.state.lock();
                if let Some(key) = state.waiting.pop_front() {
                    state.wanted.remove(&key);
                    state.busy.insert(key.clone());
                    return key;
                }
            }
            added.await;
        }
    }

    fn done(&self, key: &K, failed: bool) {
        let mut state = self.state.lock();
        state.busy.remove(key);
        if state.wanted.contains(key) {
            state.waiting.push_back(key.clone());
            self.added.notify_one();
        }
        if !failed {
            state.failures.remove(key);
            return;
        }
        let failures = state.failures.entry(key.clone()).or_insert(0);
        *failures += 1;
        let wait = FIRST_WAIT.saturating_mul(1 << (*failures - 1).min(16)).min(LONGEST_WAIT);
        drop(state);
        self.add_after(key.clone(), wait);
    }

    /// Looks at keys with so many workers, forever. A look that fails is repeated after a while.
    pub async fn run<E, F, Fut>(self, name: &'static str, workers: usize, look: F)
    where
        E: Display,
        F: Fn(K) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
    {
        let workers = (0..workers).map(|_| {
            let (queue, look) = (self.clone(), look.clone());
            tokio::spawn(async move {
                loop {
                    let key = queue.next().await;
                    let result = look(key.clone()).await;
                    if let Err(error) = &result {
                        tracing::info!(controller = name, ?key, %error, "will try again");
                    }
                    queue.done(&key, result.is_err());
                }
            })
        });
        futures::future::join_all(workers.collect::<Vec<_>>()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn a_key_is_looked_at_once_for_many_wishes_and_again_for_later_ones() {
        let queue = Queue::default();
        let looks = Arc::new(Mutex::new(Vec::new()));
        for _ in 0..5 {
            queue.add(1);
        }
        let seen = looks.clone();
        let inner = queue.clone();
        let running = tokio::spawn(queue.clone().run("test", 2, move |key: i32| {
            let first = seen.lock().is_empty();
            seen.lock().push(key);
            if first {
                inner.add(1);
            }
            async { Ok::<_, Infallible>(()) }
        }));
        while looks.lock().len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(*looks.lock(), [1, 1]);
        running.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_look_is_repeated() {
        let queue = Queue::default();
        let looks = Arc::new(Mutex::new(0));
        queue.add(());
        let seen = looks.clone();
        let running = tokio::spawn(queue.run("test", 1, move |()| {
            let mut looks = seen.lock();
            *looks += 1;
            let result = if *looks < 4 { Err("not yet") } else { Ok(()) };
            async move { result }
        }));
        while *looks.lock() < 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        running.abort();
    }
}
