//! Rules of volumes and of their mounts.

use std::collections::{HashMap, HashSet};

use super::{Within, env};
use crate::{
    core::persistent_volume_claim,
    validation::{At, Errors, metadata, names, selector},
};

const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// The kinds of volumes, in the order in which upstream looks for them, and the fields that each must have.
const SOURCES: &[(&str, &[&str])] = &[
    ("emptyDir", &[]),
    ("hostPath", &[]),
    ("gitRepo", &["repository"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("secret", &["secretName"]),
    ("nfs", &["server", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flocker", &[]),
    ("persistentVolumeClaim", &["claimName"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cephfs", &["monitors"]),
    ("quobyte", &["registry", "volume"]),
    ("downwardAPI", &[]),
    ("fc", &[]),
    ("flexVolume", &["driver"]),
    ("configMap", &["name"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("storageos", &[]),
    ("projected", &[]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("csi", &[]),
    ("ephemeral", &[]),
    ("image", &["reference"]),
];

/// The well-formed volumes of a pod, by name.
pub(super) struct Volumes<'a>(HashMap<&'a str, At<'a>>);

/// Checks the volumes of a spec.
pub(super) fn validate<'a>(volumes: &At<'a>, within: Within<'_>, errors: &mut Errors) -> Volumes<'a> {
    let mut fine = HashMap::new();
    let created: HashSet<String> = match within {
        Within::Pod(pod) if !pod.is_empty() => volumes
            .items()
            .filter(|volume| volume.get("ephemeral").is_set())
            .map(|volume| format!("{pod}-{}", volume.get("name").text()))
            .collect(),
        _ => HashSet::new(),
    };
    for volume in volumes.items() {
        let before = errors.0.len();
        let name = volume.get("name");
        source(&volume, within, errors);
        if errors.require(&name) {
            errors.rule(&name, names::label);
        }
        if fine.contains_key(name.text()) {
            errors.duplicate(&name);
        }
        let claim = volume.get("persistentVolumeClaim").get("claimName");
        let well_formed = errors.0.len() == before;
        if created.contains(claim.text()) {
            errors.invalid(&claim, "must not reference a PVC that gets created for an ephemeral volume");
        }
        if well_formed {
            fine.insert(name.text(), volume);
        }
    }
    Volumes(fine)
}

fn source(volume: &At<'_>, within: Within<'_>, errors: &mut Errors) {
    let mut found = false;
    for (kind, required) in SOURCES {
        let source = volume.get(kind);
        if !source.is_set() {
            continue;
        }
        if found {
            errors.forbidden(&source, "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        for field in *required {
            errors.require(&source.get(field));
        }
        match *kind {
            "emptyDir" => empty_dir(&source.get("sizeLimit"), errors),
            "hostPath" => host_path(&source, errors),
            "secret" | "configMap" => {
                file_mode(&source.get("defaultMode"), errors);
                keys(&source.get("items"), errors);
            }
            "nfs" => absolute(&source.get("path"), errors),
            "downwardAPI" => {
                file_mode(&source.get("defaultMode"), errors);
                for file in source.get("items").items() {
                    downward_file(&file, &source, errors);
                }
            }
            "projected" => projected(&source, errors),
            "csi" => csi(&source, errors),
            "ephemeral" => ephemeral(volume, &source, within, errors),
            "image" => errors.one_of(&source.get("pullPolicy"), &["Always", "IfNotPresent", "Never"]),
            _ => {}
        }
    }
    if !found {
        errors.required(volume, "must specify a volume type");
    }
}

fn empty_dir(limit: &At<'_>, errors: &mut Errors) {
    if limit.quantity().is_some_and(|size| size.is_negative()) {
        errors.forbidden(limit, "SizeLimit field must be a valid resource quantity");
    }
}

fn host_path(source: &At<'_>, errors: &mut Errors) {
    const TYPES: &[&str] =
        &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let path = source.get("path");
    if errors.require(&path) {
        no_backsteps(&path, errors);
        errors.one_of(&source.get("type"), TYPES);
    }
}

fn absolute(path: &At<'_>, errors: &mut Errors) {
    if !path.text().starts_with('/') {
        errors.invalid_value(&path.path, path.text(), "must be an absolute path");
    }
}

fn file_mode(mode: &At<'_>, errors: &mut Errors) {
    if mode.int().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        errors.invalid(mode, FILE_MODE);
    }
}

fn keys(items: &At<'_>, errors: &mut Errors) {
    for item in items.items() {
        errors.require(&item.get("key"));
        errors.require(&item.get("path"));
        local_path(&item.get("path"), errors);
        file_mode(&item.get("mode"), errors);
    }
}

/// A file of the downward API. Upstream's paths are those of the volume.
fn downward_file(file: &At<'_>, volume: &At<'_>, errors: &mut Errors) {
    let at = |name: &str| At { value: &file.value[name], ..volume.get(name) };
    errors.require(&at("path"));
    local_path(&at("path"), errors);
    let (field, resource) = (at("fieldRef"), at("resourceFieldRef"));
    match (field.is_set(), resource.is_set()) {
        (true, both) => {
            env::field_ref(&field, env::VOLUME_FIELDS, errors);
            if both {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid_value(&volume.path, "resource", detail);
            }
        }
        (false, true) => env::resource_field_ref(&resource, true, errors),
        (false, false) => errors.required(volume, "one of fieldRef and resourceFieldRef is required"),
    }
    file_mode(&at("mode"), errors);
}

fn projected(source: &At<'_>, errors: &mut Errors) {
    const KINDS: &[&str] =
        &["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
    file_mode(&source.get("defaultMode"), errors);
    let mut paths = HashSet::new();
    for projection in source.get("sources").items() {
        let kinds: Vec<_> = KINDS.iter().map(|kind| (*kind, projection.get(kind))).collect();
        let set: Vec<_> = kinds.into_iter().filter(|(_, at)| at.is_set()).collect();
        for (kind, at) in &set {
            match *kind {
                "secret" | "configMap" => {
                    errors.require(&at.get("name"));
                    keys(&at.get("items"), errors);
                }
                "downwardAPI" => {
                    for file in at.get("items").items() {
                        downward_file(&file, at, errors);
                    }
                }
                "serviceAccountToken" => token(at, source, errors),
                _ => trust_bundle(kind, at, errors),
            }
            let own = at.get("path");
            let own = Some(own.text()).filter(|path| !path.is_empty() && *kind == "clusterTrustBundle");
            let items = at.get("items");
            let files: Vec<_> = items.items().map(|item| item.get("path").text()).chain(own).collect();
            for path in files.into_iter().filter(|path| !path.is_empty()) {
                if !paths.insert(path) {
                    let shown = if matches!(*kind, "secret" | "configMap") { at.get("name").text() } else { path };
                    errors.invalid_value(&source.path, shown, "conflicting duplicate paths");
                }
            }
        }
        if set.len() > 1 {
            errors.forbidden(&projection, "may not specify more than 1 volume type per source");
        }
    }
}

fn token(token: &At<'_>, volume: &At<'_>, errors: &mut Errors) {
    let seconds = token.get("expirationSeconds");
    if seconds.int().is_some_and(|seconds| seconds < 600) {
        errors.invalid(&seconds, "may not specify a duration less than 10 minutes");
    }
    if seconds.int().is_some_and(|seconds| seconds > 1 << 32) {
        errors.invalid(&seconds, "may not specify a duration larger than 2^32 seconds");
    }
    let path = At { value: &token.value["path"], ..volume.get("path") };
    if errors.require(&path) {
        local_path(&path, errors);
    }
}

fn trust_bundle(kind: &str, bundle: &At<'_>, errors: &mut Errors) {
    if kind != "clusterTrustBundle" {
        return;
    }
    match (bundle.get("name").is_set(), bundle.get("signerName").is_set()) {
        (true, true) => errors.invalid(bundle, "only one of name and signerName may be used"),
        (false, false) => errors.required(bundle, "either name or signerName must be specified"),
        _ => {}
    }
    errors.require(&bundle.get("path"));
    local_path(&bundle.get("path"), errors);
    selector::label_selector(&bundle.get("labelSelector"), errors);
}

fn csi(source: &At<'_>, errors: &mut Errors) {
    csi_driver(&source.get("driver"), errors);
    let secret = source.get("nodePublishSecretRef");
    if secret.is_set() {
        errors.require(&secret.get("name"));
    }
}

/// The name of a CSI driver: a subdomain in any case, of at most 63 bytes.
pub(crate) fn csi_driver(name: &At<'_>, errors: &mut Errors) {
    if errors.require(name) {
        errors.too_long(name, 63);
        for message in names::subdomain(&name.text().to_lowercase()) {
            errors.invalid(name, &message);
        }
    }
}

fn ephemeral(volume: &At<'_>, source: &At<'_>, within: Within<'_>, errors: &mut Errors) {
    let template = source.get("volumeClaimTemplate");
    if !template.is_set() {
        return errors.required(&template, "");
    }
    metadata::annotations(&template.get("metadata").get("annotations"), errors);
    selector::labels(&template.get("metadata").get("labels"), errors);
    persistent_volume_claim::validate_spec(&template.get("spec"), errors);
    let name = volume.get("name");
    if let Within::Pod(pod) = within
        && !pod.is_empty()
        && !name.is_empty()
    {
        let claim = format!("{pod}-{}", name.text());
        for message in names::subdomain(&claim) {
            errors.invalid(&name, &format!("PVC name {claim:?}: {message}"));
        }
    }
}

fn no_backsteps(path: &At<'_>, errors: &mut Errors) {
    if path.text().split('/').any(|part| part == "..") {
        errors.invalid(path, "must not contain '..'");
    }
}

/// A path below a directory.
pub(super) fn descending_path(path: &At<'_>, errors: &mut Errors) {
    if path.text().starts_with('/') {
        errors.invalid(path, "must be a relative path");
    }
    no_backsteps(path, errors);
}

/// A path of a file in a volume whose files are written by the kubelet, which keeps names with `..` for itself.
fn local_path(path: &At<'_>, errors: &mut Errors) {
    descending_path(path, errors);
    let text = path.text();
    if text.starts_with("..") && !text.starts_with("../") && text != ".." {
        errors.invalid(path, "must not start with '..'");
    }
}

impl Volumes<'_> {
    /// The mounts and devices of a container.
    pub(super) fn mounts(&self, container: &At<'_>, errors: &mut Errors) {
        let (mounts, devices) = (container.get("volumeMounts"), container.get("volumeDevices"));
        let mut paths = HashSet::new();
        for mount in mounts.items() {
            self.mount(&mount, &mounts, &devices, container, errors);
            let path = mount.get("mountPath");
            if !paths.insert(path.text()) {
                errors.invalid(&path, "must be unique");
            }
        }
        let (mut names, mut paths) = (HashSet::new(), HashSet::new());
        for device in devices.items() {
            self.device(&device, &mounts, errors);
            let (name, path) = (device.get("name"), device.get("devicePath"));
            if !name.is_empty() && !names.insert(name.text()) {
                errors.invalid(&name, "must be unique");
            }
            if !path.is_empty() && !paths.insert(path.text()) {
                errors.invalid(&path, "must be unique");
            }
        }
    }

    fn mount(&self, mount: &At<'_>, mounts: &At<'_>, devices: &At<'_>, container: &At<'_>, errors: &mut Errors) {
        let (name, path) = (mount.get("name"), mount.get("mountPath"));
        errors.require(&name);
        if !self.0.contains_key(name.text()) {
            errors.not_found(&name);
        }
        errors.require(&path);
        if devices.items().any(|device| device.get("name").text() == name.text()) {
            errors.invalid(&name, "must not already exist in volumeDevices");
        }
        if devices.items().any(|device| device.get("devicePath").text() == path.text()) {
            errors.invalid(&path, "must not already exist as a path in volumeDevices");
        }
        // Upstream's paths of the following are those of the list.
        let at = |name: &str| At { value: &mount.value[name], ..mounts.get(name) };
        let (sub_path, expression) = (at("subPath"), at("subPathExpr"));
        descending_path(&sub_path, errors);
        if !expression.is_empty() && !sub_path.is_empty() {
            errors.invalid(&mount.get("subPathExpr"), "subPathExpr and subPath are mutually exclusive");
        }
        descending_path(&expression, errors);
        let propagation = at("mountPropagation");
        errors.one_of(&propagation, &["Bidirectional", "HostToContainer", "None"]);
        if propagation.text() == "Bidirectional" && !container.get("securityContext").get("privileged").is_true() {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            errors.forbidden(&propagation, detail);
        }
        let recursive = at("recursiveReadOnly");
        errors.one_of(&recursive, &["Disabled", "Enabled", "IfPossible"]);
        if matches!(recursive.text(), "Enabled" | "IfPossible") {
            if !mount.get("readOnly").is_true() {
                errors.forbidden(&recursive, "may only be specified when readOnly is true");
            }
            if !matches!(propagation.text(), "" | "None") {
                errors.forbidden(&recursive, "may only be specified when mountPropagation is None or not specified");
            }
        }
    }

    fn device(&self, device: &At<'_>, mounts: &At<'_>, errors: &mut Errors) {
        let (name, path) = (device.get("name"), device.get("devicePath"));
        errors.require(&name);
        match self.0.get(name.text()) {
            None => errors.not_found(&name),
            Some(volume) if volume.get("persistentVolumeClaim").is_set() || volume.get("ephemeral").is_set() => {}
            Some(_) => errors
                .invalid(&name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"),
        }
        errors.require(&path);
        if path.text().split('/').any(|part| part == "..") {
            errors.invalid(&path, "can not contain backsteps ('..')");
        }
        if mounts.items().any(|mount| mount.get("name").text() == name.text()) {
            errors.invalid(&name, "must not already exist in volumeMounts");
        }
        if mounts.items().any(|mount| mount.get("mountPath").text() == path.text()) {
            errors.invalid(&path, "must not already exist as a path in volumeMounts");
        }
    }
}
