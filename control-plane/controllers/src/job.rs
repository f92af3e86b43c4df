//! Jobs: pods that run to their end, so many times, so many at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition, JobSpec, JobStatus};
use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{DeleteParams, PostParams, PropagationPolicy};
use kube::{Api, ResourceExt};

use crate::events::Recorder;
use crate::informer::Key;
use crate::owners::{controller_of, controller_reference, is_controlled_by};
use crate::queue::Queue;
use crate::{Result, Shared, pods, template};

const WORKERS: usize = 4;
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The first wait before a pod is made in place of one that failed; it doubles up to the longest (upstream's).
const FIRST_WAIT: i64 = 10;
const LONGEST_WAIT: i64 = 600;

/// Runs forever.
pub async fn run(shared: Shared) {
    let queue = Queue::default();
    let own = queue.clone();
    shared.jobs.listen(move |before, after| {
        if let Some(job) = after.or(before) {
            own.add(Key::of(&**job));
        }
    });
    let own = queue.clone();
    shared.pods.listen(move |before, after| {
        if let Some(pod) = after.or(before)
            && let Some(owner) = controller_of(&pod.metadata).filter(|owner| owner.kind == "Job")
        {
            own.add(Key::new(&pod.namespace().unwrap_or_default(), &owner.name));
        }
    });
    let recorder = Recorder::new(shared.client.clone(), "job-controller");
    let again = queue.clone();
    queue
        .run("job", WORKERS, move |key| {
            let (shared, recorder, again) = (shared.clone(), recorder.clone(), again.clone());
            async move { look(&shared, &recorder, &again, key).await }
        })
        .await;
}

/// What a job's pods have come to.
struct Progress {
    active: Vec<Arc<Pod>>,
    succeeded: Vec<Arc<Pod>>,
    failed: Vec<Arc<Pod>>,
}

async fn look(shared: &Shared, recorder: &Recorder, again: &Queue<Key>, key: Key) -> Result<()> {
    let Some(job) = shared.jobs.get(&key) else { return Ok(()) };
    let (Some(spec), Some(uid)) = (job.spec.clone(), job.uid()) else { return Ok(()) };
    let now = Timestamp::now();
    if let Some(finished) = finished(&job) {
        return expire(shared, again, &job, &spec, finished, now).await;
    }
    if job.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    let own = |pod: &Pod| pod.namespace().as_deref() == Some(&*key.namespace) && is_controlled_by(&pod.metadata, &uid);
    let all = shared.pods.select(own);
    let with = |phase: &str| all.iter().filter(|pod| pods::phase(pod) == phase).cloned().collect::<Vec<_>>();
    let progress = Progress {
        active: all.iter().filter(|pod| pods::is_active(pod)).cloned().collect(),
        succeeded: with("Succeeded"),
        failed: with("Failed"),
    };
    let mut status = job.status.clone().unwrap_or_default();
    let suspended = spec.suspend == Some(true);
    if status.start_time.is_none() && !suspended {
        status.start_time = Some(Time(now));
    }
    if let Some((reason, message)) = failure(&spec, &status, &progress, now) {
        remove(shared, &progress.active).await?;
        recorder.warning(&*job, reason, message.clone()).await;
        finish(&mut status, "Failed", reason, &message, now);
    } else if is_complete(&spec, &progress) {
        remove(shared, &progress.active).await?;
        recorder.normal(&*job, "Completed", "Job completed".to_owned()).await;
        finish(&mut status, "Complete", "CompletionsReached", "Reached expected number of succeeded pods", now);
    } else if suspended {
        remove(shared, &progress.active).await?;
        set(&mut status, "Suspended", "True", "JobSuspended", "Job suspended", now);
        status.start_time = None;
    } else {
        if status.conditions.iter().flatten().any(|one| one.type_ == "Suspended" && one.status == "True") {
            set(&mut status, "Suspended", "False", "JobResumed", "Job resumed", now);
        }
        adjust(shared, recorder, again, &job, &spec, &progress, now).await?;
    }
    let done = finished_status(&status);
    let active =
        if done || suspended { Vec::new() } else { shared.pods.select(|pod| own(pod) && pods::is_active(pod)) };
    let number = |count: usize| Some(i32::try_from(count).unwrap_or(i32::MAX)).filter(|count| *count > 0);
    status.active = number(active.len());
    status.ready = Some(number(active.iter().filter(|pod| pods::is_ready(pod)).count()).unwrap_or(0));
    status.terminating = Some(0);
    status.succeeded = number(succeeded(&spec, &progress));
    status.failed = number(progress.failed.len() + if done && is_failed(&status) { progress.active.len() } else { 0 });
    if is_indexed(&spec) {
        status.completed_indexes = Some(ranges(&indexes(&progress.succeeded))).filter(|text| !text.is_empty());
    }
    status.uncounted_terminated_pods.get_or_insert_default();
    write(shared, &job, status).await?;
    if let (Some(limit), Some(start)) =
        (spec.active_deadline_seconds, &job.status.as_ref().and_then(|one| one.start_time.clone()))
    {
        let left = limit - (now.as_second() - start.0.as_second());
        again.add_after(key, Duration::from_secs(u64::try_from(left.max(1)).unwrap_or(1)));
    }
    Ok(())
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

fn index_of(pod: &Pod) -> Option<i32> {
    pod.annotations().get(INDEX)?.parse().ok()
}

fn indexes(pods: &[Arc<Pod>]) -> BTreeSet<i32> {
    pods.iter().filter_map(|pod| index_of(pod)).collect()
}

fn succeeded(spec: &JobSpec, progress: &Progress) -> usize {
    if is_indexed(spec) { indexes(&progress.succeeded).len() } else { progress.succeeded.len() }
}

fn is_complete(spec: &JobSpec, progress: &Progress) -> bool {
    let succeeded = succeeded(spec, progress);
    match spec.completions {
        Some(wanted) => i32::try_from(succeeded).is_ok_and(|count| count >= wanted),
        // A work queue is done when one pod says so and none is left.
        None => succeeded > 0 && progress.active.is_empty(),
    }
}

fn failure(spec: &JobSpec, status: &JobStatus, progress: &Progress, now: Timestamp) -> Option<(&'static str, String)> {
    let restarts = |pod: &Arc<Pod>| -> i32 {
        let status = pod.status.as_ref();
        let all = status
            .into_iter()
            .flat_map(|status| status.container_statuses.iter().chain(&status.init_container_statuses).flatten());
        all.map(|one| one.restart_count).sum()
    };
    let on_failure = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()) == Some("OnFailure");
    let restarted: i32 = if on_failure { progress.active.iter().map(restarts).sum() } else { 0 };
    let failures = i32::try_from(progress.failed.len()).unwrap_or(i32::MAX).saturating_add(restarted);
    let limit = spec.backoff_limit.unwrap_or(6);
    if failures > limit || (on_failure && restarted > 0 && restarted > limit) {
        return Some(("BackoffLimitExceeded", "Job has reached the specified backoff limit".to_owned()));
    }
    let running = status.start_time.as_ref().map(|start| now.as_second() - start.0.as_second());
    if spec.active_deadline_seconds.zip(running).is_some_and(|(limit, running)| running >= limit) {
        return Some(("DeadlineExceeded", "Job was active longer than specified deadline".to_owned()));
    }
    None
}

/// Makes the pods that are missing, and takes away those that are too many.
async fn adjust(
    shared: &Shared,
    recorder: &Recorder,
    again: &Queue<Key>,
    job: &Arc<Job>,
    spec: &JobSpec,
    progress: &Progress,
    now: Timestamp,
) -> Result<()> {
    let parallelism = usize::try_from(spec.parallelism.unwrap_or(1)).unwrap_or(0);
    let done = succeeded(spec, progress);
    let wanted = match spec.completions.and_then(|wanted| usize::try_from(wanted).ok()) {
        Some(completions) => parallelism.min(completions.saturating_sub(done)),
        // A work queue that has a success starts nothing new.
        None if done > 0 => progress.active.len().min(parallelism),
        None => parallelism,
    };
    if progress.active.len() > wanted {
        let mut surplus = progress.active.clone();
        surplus.sort_by_key(|pod| {
            (pods::is_ready(pod), std::cmp::Reverse(pod.metadata.creation_timestamp.as_ref().map(|time| time.0)))
        });
        surplus.truncate(progress.active.len() - wanted);
        return remove(shared, &surplus).await;
    }
    let missing = wanted - progress.active.len();
    if missing == 0 {
        return Ok(());
    }
    let wait = wait_after_failures(&progress.failed, now);
    if wait > 0 {
        again.add_after(Key::of(&**job), Duration::from_secs(u64::try_from(wait).unwrap_or(1)));
        return Ok(());
    }
    let busy: BTreeSet<i32> = indexes(&progress.active).union(&indexes(&progress.succeeded)).copied().collect();
    let mut free = (0..spec.completions.unwrap_or(0)).filter(|index| !busy.contains(index));
    let api: Api<Pod> = Api::namespaced(shared.client.clone(), &job.namespace().unwrap_or_default());
    for _ in 0..missing {
        let index = if is_indexed(spec) {
            let Some(index) = free.next() else { break };
            Some(index)
        } else {
            None
        };
        let pod = api.create(&PostParams::default(), &pod(job, spec, index)).await?;
        recorder.normal(&**job, "SuccessfulCreate", format!("Created pod: {}", pod.name_any())).await;
        shared.pods.saw_new(&pod).await;
    }
    Ok(())
}

/// Seconds to wait before the next pod, after the last failures.
fn wait_after_failures(failed: &[Arc<Pod>], now: Timestamp) -> i64 {
    let ended = |pod: &Arc<Pod>| {
        let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
        statuses
            .iter()
            .filter_map(|one| one.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref())
            .map(|time| time.0)
            .max()
    };
    let Some(last) = failed.iter().filter_map(ended).max() else { return 0 };
    let doubled = u32::try_from(failed.len().saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    let wait = (FIRST_WAIT << doubled).min(LONGEST_WAIT);
    wait - (now.as_second() - last.as_second())
}

fn pod(job: &Job, spec: &JobSpec, index: Option<i32>) -> Pod {
    let namespace = job.namespace().unwrap_or_default();
    let base = index.map_or_else(|| format!("{}-", job.name_any()), |index| format!("{}-{index}-", job.name_any()));
    let mut pod = template::pod(&spec.template, &namespace, &base, controller_reference(job));
    if let Some(index) = index {
        pod.metadata.annotations.get_or_insert_default().insert(INDEX.to_owned(), index.to_string());
        pod.metadata.labels.get_or_insert_default().insert(INDEX.to_owned(), index.to_string());
        let spec = pod.spec.get_or_insert_default();
        spec.hostname.get_or_insert_with(|| format!("{}-{index}", job.name_any()));
        let variable = EnvVar {
            name: "JOB_COMPLETION_INDEX".to_owned(),
            value: None,
            value_from: Some(EnvVarSource {
                field_ref: Some(ObjectFieldSelector {
                    api_version: None,
                    field_path: format!("metadata.labels['{INDEX}']"),
                }),
                ..EnvVarSource::default()
            }),
        };
        for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
            let variables = container.env.get_or_insert_default();
            if !variables.iter().any(|one| one.name == variable.name) {
                variables.push(variable.clone());
            }
        }
    }
    pod
}

async fn remove(shared: &Shared, surplus: &[Arc<Pod>]) -> Result<()> {
    for pod in surplus {
        let api: Api<Pod> = Api::namespaced(shared.client.clone(), &pod.namespace().unwrap_or_default());
        match api.delete(&pod.name_any(), &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        shared.pods.saw_deleted(&Key::of(&**pod), pod.uid().as_deref()).await;
    }
    Ok(())
}

fn set(status: &mut JobStatus, kind: &str, value: &str, reason: &str, message: &str, now: Timestamp) {
    let conditions = status.conditions.get_or_insert_default();
    if conditions.iter().any(|one| one.type_ == kind && one.status == value) {
        return;
    }
    conditions.retain(|one| one.type_ != kind);
    conditions.push(JobCondition {
        type_: kind.to_owned(),
        status: value.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_probe_time: Some(Time(now)),
        last_transition_time: Some(Time(now)),
    });
}

fn finish(status: &mut JobStatus, kind: &str, reason: &str, message: &str, now: Timestamp) {
    // Upstream says first that the outcome is known, then that all pods have ended.
    let criteria = if kind == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
    set(status, criteria, "True", reason, message, now);
    set(status, kind, "True", reason, message, now);
    if kind == "Complete" {
        status.completion_time = Some(Time(now));
    }
}

fn finished(job: &Job) -> Option<Timestamp> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    let end =
        conditions.iter().find(|one| matches!(one.type_.as_str(), "Complete" | "Failed") && one.status == "True")?;
    Some(end.last_transition_time.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0))
}

fn finished_status(status: &JobStatus) -> bool {
    status
        .conditions
        .iter()
        .flatten()
        .any(|one| matches!(one.type_.as_str(), "Complete" | "Failed") && one.status == "True")
}

fn is_failed(status: &JobStatus) -> bool {
    status.conditions.iter().flatten().any(|one| one.type_ == "Failed" && one.status == "True")
}

/// Deletes a finished job when its time has come.
async fn expire(
    shared: &Shared,
    again: &Queue<Key>,
    job: &Job,
    spec: &JobSpec,
    finished: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let Some(life) = spec.ttl_seconds_after_finished else { return Ok(()) };
    let left = i64::from(life) - (now.as_second() - finished.as_second());
    if left > 0 {
        again.add_after(Key::of(job), Duration::from_secs(u64::try_from(left).unwrap_or(1)));
        return Ok(());
    }
    let api: Api<Job> = Api::namespaced(shared.client.clone(), &job.namespace().unwrap_or_default());
    let parameters =
        DeleteParams { propagation_policy: Some(PropagationPolicy::Foreground), ..DeleteParams::default() };
    match api.delete(&job.name_any(), &parameters).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

async fn write(shared: &Shared, job: &Arc<Job>, status: JobStatus) -> Result<()> {
    if job.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let mut new = Job::clone(job);
    new.status = Some(status);
    let api: Api<Job> = Api::namespaced(shared.client.clone(), &job.namespace().unwrap_or_default());
    match api.replace_status(&job.name_any(), &PostParams::default(), &new).await {
        Ok(written) => shared.jobs.saw(&written).await,
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Numbers as upstream writes them: `0,2-4,7`.
fn ranges(numbers: &BTreeSet<i32>) -> String {
    let mut text: Vec<String> = Vec::new();
    let mut run: Option<(i32, i32)> = None;
    let write = |text: &mut Vec<String>, (first, last): (i32, i32)| {
        text.push(match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        });
    };
    for number in numbers {
        run = match run {
            Some((first, last)) if last + 1 == *number => Some((first, *number)),
            Some(done) => {
                write(&mut text, done);
                Some((*number, *number))
            }
            None => Some((*number, *number)),
        };
    }
    if let Some(done) = run {
        write(&mut text, done);
    }
    text.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completed_indexes_are_written_as_ranges() {
        for (numbers, expected) in
            [(vec![], ""), (vec![0], "0"), (vec![0, 1], "0,1"), (vec![0, 1, 2, 5, 7, 8], "0-2,5,7,8")]
        {
            assert_eq!(ranges(&numbers.into_iter().collect()), expected);
        }
    }
}
