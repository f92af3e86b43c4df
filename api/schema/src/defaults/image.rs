//! Image references, as far as the pull policy needs them.

/// `Always` for an image whose tag is `latest`, named or implied; else `IfNotPresent`, also for what is no image's name.
pub(super) fn pull_policy(image: &str) -> &'static str {
    if is_latest(image) { "Always" } else { "IfNotPresent" }
}

fn is_latest(image: &str) -> bool {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rfind('/').map_or(0, |at| at + 1);
    let (repository, tag) = match name[last..].rfind(':') {
        Some(at) => (&name[..last + at], Some(&name[last + at + 1..])),
        None => (name, None),
    };
    // Only a registry's host may have capitals.
    let path = match repository.split_once('/') {
        Some((host, path))
            if host.contains(['.', ':']) || host == "localhost" || host.chars().any(char::is_uppercase) =>
        {
            path
        }
        _ => repository,
    };
    let is_name = !path.is_empty()
        && path.split('/').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        });
    is_name && (tag == Some("latest") || (tag.is_none() && digest.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_moving_tags_are_always_pulled() {
        for image in ["nginx", "nginx:latest", "a.example:5000/b/nginx", "localhost/nginx", "nginx:latest@sha256:00"] {
            assert_eq!(pull_policy(image), "Always", "{image}");
        }
        for image in ["", "nginx:1", "a.example:5000/nginx:1", "nginx@sha256:00", "Nginx", "a//b", ":latest"] {
            assert_eq!(pull_policy(image), "IfNotPresent", "{image}");
        }
    }
}
