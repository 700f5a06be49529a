//! Who one is on a server.

use common::exit::Usage;
use common::secret::{PasswordArgs, Secret};

use crate::netrc;
use crate::site::Site;

/// Where the password is, if it is in the environment.
pub const VARIABLE: &str = "FTP_PASSWORD";

/// Whom to be where nobody in particular is meant (RFC 1635), and the password that such servers
/// want to see: an address, or something like one.
const ANONYMOUS: &str = "anonymous";
const ANONYMOUS_PASSWORD: &str = "anonymous@";

/// A user and their password.
#[derive(Debug)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, if there is one.
    pub password: Option<Secret>,
    /// Whether the password is nothing to hide.
    pub is_anonymous: bool,
}

impl Login {
    /// The user is the one of the command line, or of `~/.netrc`, or anonymous. The password is in
    /// the file that is named, or in the environment, or in `~/.netrc`.
    ///
    /// # Errors
    /// Two users; a password and nobody whose it is; a file that cannot be used.
    pub fn find(site: &Site, user: Option<&str>, password: &PasswordArgs) -> anyhow::Result<Self> {
        let user = match (site.user.as_deref(), user) {
            (Some(one), Some(other)) if one != other => {
                let text = "the URL names another user than --user".to_owned();
                return Err(Usage(text).into());
            }
            (one, other) => one.or(other),
        };
        let given = password.read(VARIABLE)?;
        // A password that has been given needs none from the file, and maybe a user.
        let known = match (user, &given) {
            (Some(_), Some(_)) => None,
            (user, _) => netrc::look_up(&site.host, user)?,
        };
        let known = known.unwrap_or_default();
        let user = match user.map(str::to_owned).or(known.login) {
            Some(user) => user,
            None if password.password_file.is_some() => {
                let text = "a password needs a user (--user, or ftp://USER@HOST)".to_owned();
                return Err(Usage(text).into());
            }
            None => ANONYMOUS.to_owned(),
        };
        let is_anonymous = matches!(user.as_str(), ANONYMOUS | "ftp");
        // What is in the environment is for somebody; strangers do not get it.
        let given = given.filter(|_| !is_anonymous || password.password_file.is_some());
        let password = given.or(known.password);
        let usual = || is_anonymous.then(|| Secret::new(ANONYMOUS_PASSWORD));
        Ok(Login {
            user,
            is_anonymous: is_anonymous && password.is_none(),
            password: password.or_else(usual),
        })
    }
}
