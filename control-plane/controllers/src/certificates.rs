//! Certificate requests: those of kubelets are approved when they are their own, and what is approved is signed.

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::{CertificateSigningRequest, CertificateSigningRequestCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{DeleteParams, PostParams};
use kube::runtime::watcher::Config;
use kube::{Api, Client, ResourceExt};

use crate::informer::{Informer, Key};
use crate::queue::Queue;
use crate::{Result, Signer, SigningRequest};

const SERVING: &str = "kubernetes.io/kubelet-serving";
const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const CLIENT: &str = "kubernetes.io/kube-apiserver-client";
/// Seconds that requests stay after they were answered, or without an answer (upstream's).
const ANSWERED_KEPT: i64 = 3_600;
const PENDING_KEPT: i64 = 24 * 3_600;
const CLEAN_UP: std::time::Duration = std::time::Duration::from_secs(600);

/// Runs forever.
pub async fn run(client: Client, signer: Signer) {
    let requests: Informer<CertificateSigningRequest> = Informer::start(client.clone(), Config::default());
    let queue = Queue::default();
    let own = queue.clone();
    requests.listen(move |_, after| {
        if let Some(request) = after {
            own.add(request.name_any());
        }
    });
    let looked = requests.clone();
    let api: Api<CertificateSigningRequest> = Api::all(client);
    let cleaner = clean_up(requests, api.clone());
    let looking = queue.run("certificatesigningrequest", 2, move |name: String| {
        let (requests, api, signer) = (looked.clone(), api.clone(), signer.clone());
        async move {
            match requests.get(&Key::new("", &name)) {
                Some(request) => look(&api, &requests, &request, &signer).await,
                None => Ok(()),
            }
        }
    });
    tokio::join!(cleaner, looking);
}

fn condition<'a>(request: &'a CertificateSigningRequest, kind: &str) -> Option<&'a CertificateSigningRequestCondition> {
    request.status.as_ref()?.conditions.as_ref()?.iter().find(|one| one.type_ == kind)
}

async fn look(
    api: &Api<CertificateSigningRequest>,
    requests: &Informer<CertificateSigningRequest>,
    request: &CertificateSigningRequest,
    signer: &Signer,
) -> Result<()> {
    let issued = request.status.as_ref().is_some_and(|status| status.certificate.is_some());
    if issued || condition(request, "Denied").is_some() || condition(request, "Failed").is_some() {
        return Ok(());
    }
    let written = if condition(request, "Approved").is_none() {
        if !is_own_of_kubelet(request) {
            return Ok(());
        }
        let mut approved = request.clone();
        let conditions = approved.status.get_or_insert_default().conditions.get_or_insert_default();
        conditions.push(made(
            "Approved",
            "AutoApproved",
            "Auto approving kubelet certificate after SubjectAccessReview.",
        ));
        api.replace_subresource("approval", &request.name_any(), &PostParams::default(), &approved).await?
    } else {
        // Signers of others are theirs.
        if !matches!(request.spec.signer_name.as_str(), SERVING | KUBELET_CLIENT | CLIENT) {
            return Ok(());
        }
        let mut answered = request.clone();
        let status = answered.status.get_or_insert_default();
        let pem = String::from_utf8_lossy(&request.spec.request.0).into_owned();
        let wish = SigningRequest {
            pem: &pem,
            signer_name: &request.spec.signer_name,
            username: request.spec.username.as_deref().unwrap_or_default(),
        };
        match signer(&wish) {
            Ok(certificate) => status.certificate = Some(ByteString(certificate.into_bytes())),
            Err(why) => status.conditions.get_or_insert_default().push(made("Failed", "SignerValidationFailure", &why)),
        }
        api.replace_status(&request.name_any(), &PostParams::default(), &answered).await?
    };
    requests.saw(&written).await;
    Ok(())
}

/// Whether a node asks for its own certificate: the request's subject is checked by the signer against the user that asks.
fn is_own_of_kubelet(request: &CertificateSigningRequest) -> bool {
    let spec = &request.spec;
    let is_node = spec.username.as_deref().is_some_and(|name| name.starts_with("system:node:"))
        && spec.groups.iter().flatten().any(|group| group == "system:nodes");
    is_node && matches!(spec.signer_name.as_str(), SERVING | KUBELET_CLIENT)
}

fn made(kind: &str, reason: &str, message: &str) -> CertificateSigningRequestCondition {
    let now = Some(Time(Timestamp::now()));
    CertificateSigningRequestCondition {
        type_: kind.to_owned(),
        status: "True".to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_update_time: now.clone(),
        last_transition_time: now,
    }
}

/// Forgets requests that have been answered a while ago, or that nobody answers.
async fn clean_up(requests: Informer<CertificateSigningRequest>, api: Api<CertificateSigningRequest>) {
    loop {
        tokio::time::sleep(CLEAN_UP).await;
        let now = Timestamp::now().as_second();
        for request in requests.select(|_| true) {
            let created = request.metadata.creation_timestamp.as_ref().map_or(now, |time| time.0.as_second());
            let answered = request
                .status
                .as_ref()
                .is_some_and(|status| status.certificate.is_some() || status.conditions.is_some());
            let kept = if answered { ANSWERED_KEPT } else { PENDING_KEPT };
            if now - created > kept
                && let Err(error) = api.delete(&request.name_any(), &DeleteParams::default()).await
            {
                tracing::debug!(%error, "cannot forget a certificate request");
            }
        }
    }
}
