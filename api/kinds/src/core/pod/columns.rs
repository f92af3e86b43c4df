//! How `kubectl get pods` sums up a pod.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::{Column, columns};

/// Columns of pods.
pub(super) const COLUMNS: &[Column] = &[
    Column::string("Ready", "Containers that are ready, of all that should be.", |object, _| row(object).ready()),
    Column::string("Status", "What the pod is doing, in one word.", |object, _| row(object).reason.into()),
    Column::string("Restarts", "How often its containers were started anew, and when last.", |object, now| {
        row(object).restarts(now)
    }),
    columns::AGE,
    Column::string("IP", "Address of the pod.", |object, _| {
        columns::text_or(&object["status"]["podIPs"][0]["ip"], "<none>")
    })
    .wide(),
    Column::string("Node", "Node that runs the pod.", |object, _| {
        columns::text_or(&object["spec"]["nodeName"], "<none>")
    })
    .wide(),
    Column::string("Nominated Node", "Node on which room is being made for the pod.", |object, _| {
        columns::text_or(&object["status"]["nominatedNodeName"], "<none>")
    })
    .wide(),
    Column::string("Readiness Gates", "Extra conditions of readiness that are true, of all.", |object, _| {
        readiness_gates(object)
    })
    .wide(),
];

/// What the first columns say, gathered in one pass over the containers.
struct Row {
    ready: i64,
    total: usize,
    reason: String,
    restarts: i64,
    /// Text and seconds of the end of the container that was restarted last.
    last_restart: Option<i64>,
}

impl Row {
    fn ready(&self) -> Value {
        format!("{}/{}", self.ready, self.total).into()
    }

    fn restarts(&self, now: Timestamp) -> Value {
        match self.last_restart {
            Some(last) if self.restarts != 0 => {
                let ago = columns::human_duration((now.as_second() - last).max(0));
                format!("{} ({ago} ago)", self.restarts).into()
            }
            _ => self.restarts.to_string().into(),
        }
    }

    /// Counts the restarts of a container.
    fn count_restarts(&mut self, container: &Value) {
        self.restarts += columns::number(&container["restartCount"]);
        let end = columns::seconds(&container["lastState"]["terminated"]["finishedAt"]);
        self.last_restart = self.last_restart.max(end);
    }
}

fn row(pod: &Value) -> Row {
    let status = &pod["status"];
    let init_containers = columns::items(&pod["spec"]["initContainers"]);
    let sidecars: HashSet<_> = init_containers
        .iter()
        .filter(|container| container["restartPolicy"] == "Always")
        .map(|container| columns::text(&container["name"]))
        .collect();
    let gated = columns::items(&status["conditions"])
        .iter()
        .any(|condition| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated");
    let mut row = Row {
        ready: 0,
        total: columns::items(&pod["spec"]["containers"]).len() + sidecars.len(),
        reason: match columns::text(&status["reason"]) {
            _ if gated => "SchedulingGated".to_owned(),
            reason if reason.is_empty() => columns::text(&status["phase"]),
            reason => reason,
        },
        restarts: 0,
        last_restart: None,
    };
    // Restarts of sidecars count on once the pod runs; those of other init containers do not.
    let mut running = Row { reason: String::new(), ..row };
    let initializing = init(&mut row, &mut running, status, &sidecars, init_containers.len());
    if !initializing || columns::condition_is_true(status, "Initialized") {
        row.restarts = running.restarts;
        row.last_restart = running.last_restart;
        main(&mut row, status);
    }
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        let finished = status["phase"] == "Succeeded" || status["phase"] == "Failed";
        if status["reason"] == "NodeLost" {
            "Unknown".clone_into(&mut row.reason);
        } else if !finished {
            "Terminating".clone_into(&mut row.reason);
        }
    }
    row
}

/// Reads the init containers up to the first that is not done; whether there is such a one.
fn init(row: &mut Row, running: &mut Row, status: &Value, sidecars: &HashSet<String>, total: usize) -> bool {
    for (index, container) in columns::items(&status["initContainerStatuses"]).iter().enumerate() {
        let sidecar = sidecars.contains(&columns::text(&container["name"]));
        row.count_restarts(container);
        if sidecar {
            running.count_restarts(container);
        }
        let (terminated, waiting) = (&container["state"]["terminated"], &container["state"]["waiting"]);
        if !terminated.is_null() && columns::number(&terminated["exitCode"]) == 0 {
            continue;
        }
        if sidecar && container["started"] == true {
            row.ready += i64::from(container["ready"] == true);
            continue;
        }
        row.reason = match columns::text(&waiting["reason"]) {
            _ if !terminated.is_null() => format!("Init:{}", ending(terminated)),
            reason if !reason.is_empty() && reason != "PodInitializing" => format!("Init:{reason}"),
            _ => format!("Init:{index}/{total}"),
        };
        return true;
    }
    false
}

/// Reads the containers; the first one has the last word.
fn main(row: &mut Row, status: &Value) {
    let mut has_running = false;
    let mut error = None;
    for container in columns::items(&status["containerStatuses"]).iter().rev() {
        row.count_restarts(container);
        let state = &container["state"];
        let waiting = columns::text(&state["waiting"]["reason"]);
        if !waiting.is_empty() {
            row.reason = waiting;
        } else if !state["terminated"].is_null() {
            row.reason = ending(&state["terminated"]);
            if columns::number(&state["terminated"]["exitCode"]) != 0 {
                error = Some(row.reason.clone());
            }
        } else if container["ready"] == true && !state["running"].is_null() {
            has_running = true;
            row.ready += 1;
        }
    }
    if row.reason == "Completed" {
        row.reason = match error {
            _ if has_running && columns::condition_is_true(status, "Ready") => "Running".to_owned(),
            Some(error) => error,
            None if has_running => "NotReady".to_owned(),
            None => "Completed".to_owned(),
        };
    }
}

/// Why a container ended.
fn ending(terminated: &Value) -> String {
    let signal = columns::number(&terminated["signal"]);
    match columns::text(&terminated["reason"]) {
        reason if !reason.is_empty() => reason,
        _ if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", columns::number(&terminated["exitCode"])),
    }
}

fn readiness_gates(pod: &Value) -> Value {
    let gates = columns::items(&pod["spec"]["readinessGates"]);
    if gates.is_empty() {
        return "<none>".into();
    }
    let is_true = |gate: &&Value| columns::condition_is_true(&pod["status"], &columns::text(&gate["conditionType"]));
    format!("{}/{}", gates.iter().filter(is_true).count(), gates.len()).into()
}
