//! Who calls: the owner of an access key.

use jiff::Timestamp;
use reks_objects::{Error, Objects, ids, named};
use reks_wire::sigv4::Secret;

use crate::objects::{AccessKey, AccessKeySpec, User, UserSpec};

/// What kind of caller it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A user.
    User(String),
    /// A session in a role.
    Session {
        /// The role's name.
        role: String,
        /// The session's name.
        name: String,
    },
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account: twelve digits.
    pub account: String,
    /// What kind of caller it is.
    pub principal: Principal,
    /// `AIDA…`, or `AROA…:session`.
    pub user_id: String,
}

impl Caller {
    /// The caller's ARN, as GetCallerIdentity tells it.
    #[must_use]
    pub fn arn(&self) -> String {
        let account = &self.account;
        match &self.principal {
            Principal::User(name) => format!("arn:aws:iam::{account}:user/{name}"),
            Principal::Session { role, name } => format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
        }
    }

    /// The ARN that access entries know the caller by: a session's is its role's.
    #[must_use]
    pub fn principal_arn(&self) -> String {
        match &self.principal {
            Principal::User(_) => self.arn(),
            Principal::Session { role, .. } => format!("arn:aws:iam::{}:role/{role}", self.account),
        }
    }
}

/// The secret of an access key that holds now.
///
/// # Errors
/// When the region's API server does not answer.
pub async fn secret_of(objects: &Objects, access_key: &str, now: Timestamp) -> Result<Option<Secret>, Error> {
    let Some(key) = objects.get::<AccessKey>(access_key).await? else { return Ok(None) };
    let ended = |text: &String| text.parse::<Timestamp>().map_or(true, |end| end <= now);
    if key.spec.expires.as_ref().is_some_and(ended) {
        return Ok(None);
    }
    Ok(Some(Secret { key: key.spec.secret, session_token: key.spec.session_token }))
}

/// Whose an access key is.
///
/// # Errors
/// When the region's API server does not answer.
pub async fn caller_of(objects: &Objects, access_key: &str) -> Result<Option<Caller>, Error> {
    let Some(key) = objects.get::<AccessKey>(access_key).await? else { return Ok(None) };
    let account = objects.account().to_owned();
    let AccessKeySpec { user, role, session, .. } = key.spec;
    if !user.is_empty() {
        let found = objects.get::<User>(&user).await?;
        let caller = |found: User| Caller { account, principal: Principal::User(user), user_id: found.spec.user_id };
        return Ok(found.map(caller));
    }
    let found = objects.get::<crate::objects::Role>(&role).await?;
    Ok(found.map(|found| Caller {
        account,
        user_id: format!("{}:{session}", found.spec.role_id),
        principal: Principal::Session { role, name: session },
    }))
}

/// The access key of the region's first user, made when there is none yet.
///
/// # Errors
/// When the region's API server does not answer.
pub async fn first_credentials(objects: &Objects, user: &str) -> Result<(String, String), Error> {
    objects
        .create(&User { metadata: named(user), spec: UserSpec { user_id: ids::unique("AIDA"), ..UserSpec::default() } })
        .await?;
    let keys = objects.list::<AccessKey>().await?;
    if let Some(key) = keys.into_iter().find(|key| key.spec.user == user) {
        return Ok((key.metadata.name.unwrap_or_default(), key.spec.secret));
    }
    let (id, secret) = (ids::unique("AKIA"), ids::secret());
    let spec = AccessKeySpec { secret: secret.clone(), user: user.to_owned(), ..AccessKeySpec::default() };
    objects.create(&AccessKey { metadata: named(&id), spec }).await?;
    Ok((id, secret))
}
