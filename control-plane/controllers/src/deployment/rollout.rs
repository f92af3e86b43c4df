//! From the old ReplicaSets to the new one, never with too many pods nor too few.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

use super::{View, available, size};
use crate::Result;
use crate::owners::is_controlled_by;
use crate::pods;

/// Pods beyond the asked number that may be there during a rollout.
pub(super) fn max_surge(view: &View<'_>) -> i32 {
    bounds(view).0
}

/// Pods of the asked number that may be missing during a rollout.
pub(super) fn max_unavailable(view: &View<'_>) -> i32 {
    bounds(view).1
}

/// `(surge, unavailable)`, in pods.
fn bounds(view: &View<'_>) -> (i32, i32) {
    let strategy = view.deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref());
    if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate") {
        return (0, 0);
    }
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    let quarter = IntOrString::String("25%".to_owned());
    let surge = rolling.and_then(|rolling| rolling.max_surge.clone()).unwrap_or_else(|| quarter.clone());
    let unavailable = rolling.and_then(|rolling| rolling.max_unavailable.clone()).unwrap_or(quarter);
    resolve(view.replicas(), &surge, &unavailable)
}

/// Surge is rounded up, unavailable down; both cannot be zero.
fn resolve(replicas: i32, surge: &IntOrString, unavailable: &IntOrString) -> (i32, i32) {
    let surge = amount(surge, replicas, true);
    let unavailable = amount(unavailable, replicas, false).min(replicas);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

fn amount(value: &IntOrString, replicas: i32, up: bool) -> i32 {
    match value {
        IntOrString::Int(number) => (*number).max(0),
        IntOrString::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            let exact = i64::from(replicas) * percent.max(0);
            let rounded = if up { (exact + 99) / 100 } else { exact / 100 };
            i32::try_from(rounded).unwrap_or(i32::MAX)
        }
    }
}

/// How many pods the new ReplicaSet may ask for now.
pub(super) fn room_for_new(view: &View<'_>) -> i32 {
    let recreate = bounds(view) == (0, 0);
    let replicas = view.replicas();
    if recreate || view.old.iter().all(|set| size(set) == 0) && view.new.is_none() {
        return replicas;
    }
    let present: i32 = view.all().map(|set| size(set)).sum();
    let own = view.new.as_ref().map_or(0, |set| size(set));
    let room = replicas + max_surge(view) - present;
    if room <= 0 { own } else { (own + room).min(replicas) }
}

/// Rolls: the new one grows into what room there is, the old ones shrink as its pods become available.
pub(super) async fn roll(view: &mut View<'_>) -> Result<()> {
    let new = view.ensure_new().await?;
    let replicas = view.replicas();
    let wanted = if size(&new) > replicas { replicas } else { room_for_new(view) };
    if wanted != size(&new) {
        view.new = Some(view.scale(&new, wanted).await?);
        return Ok(());
    }
    view.new = Some(view.scale(&new, wanted).await?);
    shrink_old(view).await
}

async fn shrink_old(view: &mut View<'_>) -> Result<()> {
    let old_pods: i32 = view.old.iter().map(|set| size(set)).sum();
    if old_pods == 0 {
        return Ok(());
    }
    let (_, max_unavailable) = bounds(view);
    let least_available = view.replicas() - max_unavailable;
    let all_pods: i32 = view.all().map(|set| size(set)).sum();
    let new_unavailable = view.new.as_ref().map_or(0, |set| size(set) - available(set));
    let mut budget = all_pods - least_available - new_unavailable;
    if budget <= 0 {
        return Ok(());
    }
    view.old.sort_by_key(|set| set.metadata.creation_timestamp.as_ref().map(|time| time.0));
    let mut changed: Vec<Arc<ReplicaSet>> = Vec::new();
    // Pods that do not work go first: they are missed by nobody.
    for set in view.old.clone() {
        let broken = (size(&set) - available(&set)).clamp(0, budget.max(0));
        budget -= broken;
        changed.push(if broken > 0 { view.scale(&set, size(&set) - broken).await? } else { set });
    }
    let all_available: i32 = changed.iter().chain(&view.new).map(|set| available(set)).sum();
    let mut spare = all_available - least_available;
    for set in &mut changed {
        let fewer = size(set).min(spare.max(0));
        if fewer > 0 {
            *set = view.scale(set, size(set) - fewer).await?;
            spare -= fewer;
        }
    }
    view.old = changed;
    Ok(())
}

/// Recreates: all old pods go, and only then the new ones come.
pub(super) async fn recreate(view: &mut View<'_>) -> Result<()> {
    for index in 0..view.old.len() {
        let set = view.old[index].clone();
        if size(&set) > 0 {
            view.old[index] = view.scale(&set, 0).await?;
        }
    }
    let alive = view.shared.pods.select(|pod| {
        let owned = view.old.iter().filter_map(|set| set.uid()).any(|uid| is_controlled_by(&pod.metadata, &uid));
        owned && !pods::is_finished(pod)
    });
    if !alive.is_empty() {
        return Ok(());
    }
    let new = view.ensure_new().await?;
    view.new = Some(view.scale(&new, view.replicas()).await?);
    Ok(())
}

/// A change of the Deployment's size in the middle of a rollout goes to all of its ReplicaSets, to each by its share.
pub(super) async fn scale_in_proportion(view: &mut View<'_>) -> Result<()> {
    let active: Vec<Arc<ReplicaSet>> = view.all().filter(|set| size(set) > 0).cloned().collect();
    let replicas = view.replicas();
    match active.as_slice() {
        [] => {
            if let Some(new) = view.new.clone() {
                view.new = Some(view.scale(&new, replicas).await?);
            }
        }
        [only] => {
            let scaled = view.scale(only, replicas).await?;
            put(view, scaled);
        }
        several => {
            let total: i32 = several.iter().map(|set| size(set)).sum();
            let mut left = replicas + max_surge(view) - total;
            let mut ordered = several.to_vec();
            // The largest first; what rounding leaves goes to it.
            ordered.sort_by_key(|set| std::cmp::Reverse(size(set)));
            let mut sizes: Vec<i32> = Vec::new();
            for set in &ordered {
                let goal = replicas + max_surge(view);
                let share = i64::from(size(set)) * i64::from(goal) / i64::from(total.max(1));
                let change = i32::try_from(share).unwrap_or(size(set)) - size(set);
                let change = if left >= 0 { change.clamp(0, left) } else { change.clamp(left, 0) };
                left -= change;
                sizes.push(size(set) + change);
            }
            if let Some(first) = sizes.first_mut() {
                *first = (*first + left).max(0);
            }
            for (set, wanted) in ordered.iter().zip(sizes) {
                let scaled = view.scale(set, wanted).await?;
                put(view, scaled);
            }
        }
    }
    Ok(())
}

fn put(view: &mut View<'_>, set: Arc<ReplicaSet>) {
    let same = |one: &Arc<ReplicaSet>| one.uid() == set.uid();
    if view.new.as_ref().is_some_and(same) {
        view.new = Some(set);
    } else if let Some(one) = view.old.iter_mut().find(|one| same(one)) {
        *one = set;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_as_upstream_rounds_them() {
        let check = |replicas: i32, surge: &str, unavailable: &str, expected: (i32, i32)| {
            let value =
                |text: &str| text.parse().map_or_else(|_| IntOrString::String(text.to_owned()), IntOrString::Int);
            assert_eq!(
                resolve(replicas, &value(surge), &value(unavailable)),
                expected,
                "{replicas} {surge} {unavailable}"
            );
        };
        check(3, "25%", "25%", (1, 0));
        check(4, "25%", "25%", (1, 1));
        check(10, "25%", "25%", (3, 2));
        check(10, "0", "0", (0, 1));
        check(2, "5", "9", (5, 2));
        check(0, "25%", "25%", (0, 1));
    }
}
