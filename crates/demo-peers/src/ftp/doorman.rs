//! Who is let in.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use common::secret::Secret;
use unftp_core::auth::{AuthenticationError, Authenticator, Credentials, Principal};

/// Lets in one user with the right password, or everybody.
pub(super) enum Doorman {
    /// Whoever they say they are, and whatever their password: the tutorial's program is `zzy` and has
    /// none.
    Everybody,
    /// This user.
    For(String, Secret),
}

impl fmt::Debug for Doorman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doorman")
    }
}

impl Doorman {
    fn lets_in(&self, user: &str, password: Option<&str>) -> Result<(), AuthenticationError> {
        match self {
            Doorman::Everybody => Ok(()),
            Doorman::For(known, _) if known != user => Err(AuthenticationError::BadUser),
            Doorman::For(_, secret) if password == Some(secret.reveal()) => Ok(()),
            Doorman::For(..) => Err(AuthenticationError::BadPassword),
        }
    }
}

impl Authenticator for Doorman {
    // What the library's macro would make of an `async fn`.
    fn authenticate<'a, 'b, 'c, 'd>(
        &'a self,
        user: &'b str,
        credentials: &'c Credentials,
    ) -> Pin<Box<dyn Future<Output = Result<Principal, AuthenticationError>> + Send + 'd>>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
        Self: 'd,
    {
        let known = self.lets_in(user, credentials.password.as_deref());
        let username = user.to_owned();
        Box::pin(ready(known.map(|()| Principal { username })))
    }
}
