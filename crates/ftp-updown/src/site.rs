//! `ftp://[user@]host[:port][/folder]`: which server, and where on it.

use anyhow::bail;
use common::address::Address;
use common::exit::Usage;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// The port of FTP.
const PORT: u16 = 21;

/// The port of FTP inside TLS from the first byte.
const PORT_IMPLICIT: u16 = 990;

/// What an URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name or number of the host, without brackets.
    pub host: String,
    /// The port, if it is said.
    pub port: Option<u16>,
    /// Who to be there.
    pub user: Option<String>,
    /// Where to work. It is relative to where the login leads, unless it begins with a slash: the
    /// first slash of an URL only ends the host (RFC 1738, section 3.2.2).
    pub folder: Option<String>,
}

impl Site {
    /// Reads what the user wrote. It is read here and not with the flags: a password has no place
    /// in it, and whatever is wrong with a flag is shown.
    ///
    /// # Errors
    /// [`Usage`], which does not show the text.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        read(text).map_err(|error| Usage(format!("cannot use the URL: {error}")).into())
    }

    /// Where to connect to.
    pub fn address(&self, implicit: bool) -> Address {
        let usual = if implicit { PORT_IMPLICIT } else { PORT };
        Address::Inet {
            host: self.host.clone(),
            port: self.port.unwrap_or(usual),
        }
    }
}

fn read(text: &str) -> anyhow::Result<Site> {
    if text.chars().any(|c| c.is_control() || c == ' ') {
        bail!("it holds a space or a control character");
    }
    match text.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("ftp") => {}
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("ftps") => {
            bail!("write ftp:// and --tls implicit (or --tls explicit, which most servers want)")
        }
        _ => bail!("it begins with ftp://, then come the host and the folder"),
    }
    let url = Url::parse(text)?;
    if url.password().is_some() {
        bail!(
            "a password in it can be seen by every user of this host \
             (use FTP_PASSWORD, --password-file or ~/.netrc)"
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        bail!("it has a ? or a # (in a name they are written %3F and %23)");
    }
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(number)) => number.to_string(),
        Some(Host::Ipv6(number)) => number.to_string(),
        None => bail!("it has no host"),
    };
    let user = Some(url.username()).filter(|user| !user.is_empty());
    let folder = url.path().strip_prefix('/').filter(|path| !path.is_empty());
    Ok(Site {
        host,
        port: url
            .port()
            .or_else(|| says_the_usual_port(text).then_some(PORT)),
        user: user.map(decoded).transpose()?,
        folder: folder.map(decoded).transpose()?,
    })
}

/// The URL itself does not tell a port that is the usual one, and `--tls implicit` has another.
fn says_the_usual_port(text: &str) -> bool {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '\\']).next().unwrap_or_default();
    host.rsplit_once(':').is_some_and(|(_, port)| port == "21")
}

fn decoded(part: &str) -> anyhow::Result<String> {
    let Ok(text) = percent_decode_str(part).decode_utf8() else {
        bail!("what it encodes with % is not UTF-8");
    };
    if text.contains(['\r', '\n', '\0']) {
        bail!("it holds a line end, which would begin another command");
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(user: Option<&str>, folder: Option<&str>) -> Site {
        Site {
            host: "ftp.example.com".into(),
            port: None,
            user: user.map(str::to_owned),
            folder: folder.map(str::to_owned),
        }
    }

    #[test]
    fn reads_what_people_write() {
        for (text, user, folder) in [
            ("ftp://ftp.example.com", None, None),
            ("FTP://FTP.example.com/", None, None),
            (
                "ftp://ann@ftp.example.com/pub/a%20b",
                Some("ann"),
                Some("pub/a b"),
            ),
            (
                "ftp://a%40b@ftp.example.com//srv/ftp",
                Some("a@b"),
                Some("/srv/ftp"),
            ),
            ("ftp://ftp.example.com/%2Fsrv", None, Some("/srv")),
            ("ftp://ftp.example.com/%E6%96%87", None, Some("文")),
        ] {
            assert_eq!(read(text).unwrap(), site(user, folder), "{text}");
        }
        let url = read("ftp://[::1]:2121/").unwrap();
        assert_eq!(url.address(false).to_string(), "[::1]:2121");
        let url = read("ftp://127.0.0.1").unwrap();
        assert_eq!(url.address(false).to_string(), "127.0.0.1:21");
        assert_eq!(url.address(true).to_string(), "127.0.0.1:990");
        let url = read("ftp://127.0.0.1:21/x:21").unwrap();
        assert_eq!(url.address(true).to_string(), "127.0.0.1:21");
    }

    #[test]
    fn refuses_the_rest_without_showing_it() {
        for text in [
            "",
            "ftp.example.com",
            "http://ftp.example.com",
            "ftps://h",
            "ftp://",
            "ftp://u:hunter2@h/",
            "ftp://u:@h/ x",
            "ftp://h/a%0d%0aDELE%20b",
            "ftp://h/%00",
            "ftp://h/a\nb",
            "ftp://h/%ff",
            "ftp://h/a?b",
            "ftp://h/#b",
            "ftp://h:99999/",
            "ftp://a%0ab@h/",
        ] {
            let error = Site::parse(text).unwrap_err();
            assert!(error.is::<Usage>(), "{text}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
