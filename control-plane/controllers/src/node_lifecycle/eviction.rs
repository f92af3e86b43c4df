//! Pods on nodes with a NoExecute taint go when they do not tolerate it, or no longer.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod, Taint, Toleration};
use kube::api::DeleteParams;
use kube::{Api, ResourceExt};

use crate::events::Recorder;
use crate::informer::Key;
use crate::queue::Queue;
use crate::{Result, Shared, pods};

/// Runs forever.
pub async fn run(shared: Shared) {
    let queue = Queue::default();
    let (own, all) = (queue.clone(), shared.pods.clone());
    shared.nodes.listen(move |before, after| {
        let taints = |node: &Node| node.spec.as_ref().and_then(|spec| spec.taints.clone());
        if let Some(node) = after.filter(|node| before.is_none_or(|before| taints(before) != taints(node))) {
            let name = node.name_any();
            for pod in all.select(|pod| pods::node(pod) == Some(&name)) {
                own.add(Key::of(&*pod));
            }
        }
    });
    let own = queue.clone();
    shared.pods.listen(move |before, after| {
        if let Some(pod) = after.filter(|pod| pods::is_assigned(pod))
            && before.is_none_or(|before| !pods::is_assigned(before))
        {
            own.add(Key::of(&**pod));
        }
    });
    let recorder = Recorder::new(shared.client.clone(), "taint-eviction-controller");
    let again = queue.clone();
    queue
        .run("taint-eviction", 2, move |key| {
            let (shared, recorder, again) = (shared.clone(), recorder.clone(), again.clone());
            async move { look(&shared, &recorder, &again, key).await }
        })
        .await;
}

async fn look(shared: &Shared, recorder: &Recorder, again: &Queue<Key>, key: Key) -> Result<()> {
    let Some(pod) = shared.pods.get(&key).filter(|pod| pods::is_active(pod)) else { return Ok(()) };
    let Some(node) = pods::node(&pod).and_then(|node| shared.nodes.get(&Key::new("", node))) else { return Ok(()) };
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let taints: Vec<&Taint> = taints.filter(|taint| taint.effect == "NoExecute").collect();
    let tolerations = pod.spec.as_ref().and_then(|spec| spec.tolerations.clone()).unwrap_or_default();
    match patience(&taints, &tolerations, Timestamp::now()) {
        None => Ok(()),
        Some(left) if left > Duration::ZERO => {
            again.add_after(key, left);
            Ok(())
        }
        Some(_) => {
            recorder
                .normal(
                    &*pod,
                    "TaintManagerEviction",
                    format!("Marking for deletion Pod {}/{}", key.namespace, key.name),
                )
                .await;
            let api: Api<Pod> = Api::namespaced(shared.client.clone(), &key.namespace);
            match api.delete(&key.name, &DeleteParams::default()).await {
                Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
                Err(error) => Err(error.into()),
                Ok(_) => Ok(()),
            }
        }
    }
}

/// How long a pod may still stay: none for ever.
fn patience(taints: &[&Taint], tolerations: &[Toleration], now: Timestamp) -> Option<Duration> {
    taints
        .iter()
        .filter_map(|taint| {
            let fitting: Vec<&Toleration> = tolerations.iter().filter(|one| tolerates(one, taint)).collect();
            if fitting.is_empty() {
                return Some(Duration::ZERO);
            }
            // The shortest of those that set a limit; none of them may set one.
            let seconds = fitting.iter().filter_map(|one| one.toleration_seconds).min()?.max(0);
            let since = taint.time_added.as_ref().map_or(now, |time| time.0);
            let left = seconds - (now.as_second() - since.as_second());
            Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
        })
        .min()
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (key, effect) = (text(&toleration.key), text(&toleration.effect));
    let exists = toleration.operator.as_deref() == Some("Exists");
    (effect.is_empty() || effect == taint.effect)
        && (if key.is_empty() { exists } else { key == taint.key })
        && (exists || text(&toleration.value) == text(&taint.value))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn a_pod_stays_as_long_as_it_tolerates_all_taints() {
        let now = Timestamp::from_second(1_000).unwrap();
        let taint = |key: &str, since: i64| Taint {
            key: key.to_owned(),
            effect: "NoExecute".to_owned(),
            value: None,
            time_added: Some(Time(Timestamp::from_second(since).unwrap())),
        };
        let toleration = |key: &str, seconds: Option<i64>| Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            toleration_seconds: seconds,
            ..Toleration::default()
        };
        let (a, b) = (taint("a", 900), taint("b", 1_000));
        let check = |taints: &[&Taint], tolerations: &[Toleration], expected: Option<u64>| {
            assert_eq!(patience(taints, tolerations, now).map(|left| left.as_secs()), expected);
        };
        check(&[], &[], None);
        check(&[&a], &[], Some(0));
        check(&[&a], &[toleration("a", None)], None);
        check(&[&a], &[toleration("a", Some(300))], Some(200));
        check(&[&a], &[toleration("a", Some(50))], Some(0));
        check(&[&a, &b], &[toleration("a", Some(300))], Some(0));
        check(&[&a, &b], &[toleration("a", Some(300)), toleration("b", Some(20))], Some(20));
    }
}
