//! Rules of security contexts.

use std::collections::HashSet;

use super::volumes;
use crate::validation::{At, Errors, names};

/// Longest name of a sysctl, in bytes.
const SYSCTL_MOST_BYTES: usize = 253;
const SYSCTL: &str = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
/// Longest name of an AppArmor profile, in bytes.
const APP_ARMOR_MOST_BYTES: usize = 4095;

/// A pod's context.
pub(super) fn of_pod(spec: &At<'_>, errors: &mut Errors) {
    let context = spec.get("securityContext");
    if spec.get("shareProcessNamespace").is_true() && spec.get("hostPID").is_true() {
        let path = context.get("shareProcessNamespace").path;
        errors.invalid_value(&path, true, "ShareProcessNamespace and HostPID cannot both be enabled");
    }
    if !context.is_set() {
        return;
    }
    for id in ["fsGroup", "runAsUser", "runAsGroup"] {
        errors.in_range(&context.get(id), 0, i32::MAX.into());
    }
    for group in context.get("supplementalGroups").items() {
        errors.in_range(&group, 0, i32::MAX.into());
    }
    sysctls(&context.get("sysctls"), errors);
    errors.one_of(&context.get("fsGroupChangePolicy"), &["Always", "OnRootMismatch"]);
    errors.one_of(&context.get("supplementalGroupsPolicy"), &["Merge", "Strict"]);
    errors.one_of(&context.get("seLinuxChangePolicy"), &["MountOption", "Recursive"]);
    profiles(&context, errors);
}

/// A container's context.
pub(super) fn of_container(context: &At<'_>, host_users: bool, errors: &mut Errors) {
    if !context.is_set() {
        return;
    }
    for id in ["runAsUser", "runAsGroup"] {
        errors.in_range(&context.get(id), 0, i32::MAX.into());
    }
    let proc_mount = context.get("procMount");
    errors.one_of(&proc_mount, &["Default", "Unmasked"]);
    if host_users && proc_mount.text() == "Unmasked" {
        errors.invalid(&proc_mount, "`hostUsers` must be false to use `Unmasked`");
    }
    let escalation = context.get("allowPrivilegeEscalation");
    if escalation.is_set() && !escalation.is_true() {
        if context.get("privileged").is_true() {
            errors.invalid(context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        if context.get("capabilities").get("add").items().any(|capability| capability.text() == "CAP_SYS_ADMIN") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.invalid(context, detail);
        }
    }
    profiles(context, errors);
}

fn sysctls(sysctls: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for sysctl in sysctls.items() {
        let name = sysctl.get("name");
        if !errors.require(&name) {
            continue;
        }
        if name.text().len() > SYSCTL_MOST_BYTES || !is_sysctl(name.text()) {
            errors
                .invalid(&name, &format!("must have at most {SYSCTL_MOST_BYTES} characters and match regex {SYSCTL}"));
        } else if !seen.insert(name.text()) {
            errors.duplicate(&name);
        }
    }
}

fn is_sysctl(name: &str) -> bool {
    let segment = |segment: &str| names::label(&segment.replace('_', "-")).is_empty() && !segment.is_empty();
    name.split(['.', '/']).all(segment)
}

fn profiles(context: &At<'_>, errors: &mut Errors) {
    const KINDS: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];
    for (field, kind_of) in [("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")] {
        let profile = context.get(field);
        if !profile.is_set() {
            continue;
        }
        let (kind, file) = (profile.get("type"), profile.get("localhostProfile"));
        if kind.is_empty() {
            errors.required(&kind, &format!("type is required when {field} is set"));
        } else {
            errors.one_of(&kind, KINDS);
        }
        match (kind.text() == "Localhost", file.is_set()) {
            (true, false) => errors.required(&file, &format!("must be set when {kind_of} type is Localhost")),
            (true, true) if kind_of == "seccomp" => volumes::descending_path(&file, errors),
            (true, true) => app_armor(&file, errors),
            (false, true) => errors.invalid(&file, &format!("can only be set when {kind_of} type is Localhost")),
            (false, false) => {}
        }
    }
}

fn app_armor(file: &At<'_>, errors: &mut Errors) {
    if file.text().trim() != file.text() {
        errors.invalid(file, "must not be padded with whitespace");
    } else if file.is_empty() {
        errors.required(file, "must be set when AppArmor type is Localhost");
    }
    errors.too_long(file, APP_ARMOR_MOST_BYTES);
}
