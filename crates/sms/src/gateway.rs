//! Where requests go, and whether a key may go there.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use common::address::Address;
use common::printable::printable;
use url::{Host, Url};

use crate::GATEWAY;

/// The URL of a gateway: http or https, and no query of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    url: Url,
    host: Host,
    port: u16,
}

/// Why a text is not the URL of a gateway.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// It cannot be understood.
    #[error("that is not a URL ({0})")]
    Malformed(url::ParseError),
    /// A space or a control character; what reads URLs would drop it in silence.
    #[error("a space or a control character cannot stand in a URL")]
    BadCharacter,
    /// ftp, file, …
    #[error("a gateway is reached by http or https")]
    BadScheme,
    /// `user:password@`
    #[error("a user or a password does not belong into a URL")]
    User,
    /// The query is ours to write.
    #[error("the query (?method=…) is added: leave it out")]
    Query,
}

impl FromStr for Gateway {
    type Err = GatewayError;

    fn from_str(text: &str) -> Result<Self, GatewayError> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(GatewayError::BadCharacter);
        }
        let url = Url::parse(text).map_err(GatewayError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(GatewayError::BadScheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GatewayError::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(GatewayError::Query);
        }
        let host = url.host().map(|host| host.to_owned());
        let host = host.ok_or(GatewayError::Malformed(url::ParseError::EmptyHost))?;
        // Both schemes have a default port.
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(Gateway { url, host, port })
    }
}

impl Gateway {
    /// The URL for a method of the gateway.
    pub fn url_of(&self, method: &str) -> String {
        format!("{}?method={method}", self.url)
    }

    /// The host, as a certificate names it.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        }
    }

    /// What to connect to.
    pub fn address(&self) -> Address {
        Address::Inet {
            host: self.host(),
            port: self.port,
        }
    }

    /// Whether it is reached by https.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether nobody on the way reads what is sent there: it is encrypted, or there is no way.
    pub fn keeps_secrets(&self) -> bool {
        let stays_here = match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => IpAddr::V6(*ip).to_canonical().is_loopback(),
        };
        self.is_encrypted() || stays_here
    }

    /// Whether it is the gateway that we know: the one for mainland China.
    pub fn is_default(&self) -> bool {
        self.url.as_str() == GATEWAY
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        printable(self.url.as_str()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_only_where_nobody_reads_it() {
        for (url, safe) in [
            (GATEWAY, true),
            ("http://106.ihuyi.com/webservice/sms.php", false),
            ("http://127.0.0.1:8000/", true),
            ("http://127.1/", true),
            ("http://[::1]:8000/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("http://localhost/", true),
            ("http://localhost.example.com/", false),
            ("http://128.0.0.1/", false),
            ("http://0.0.0.0/", false),
        ] {
            let gateway: Gateway = url.parse().unwrap();
            assert_eq!(gateway.keeps_secrets(), safe, "{url}");
        }
    }

    #[test]
    fn the_method_is_added() {
        let gateway: Gateway = "http://127.0.0.1:8000".parse().unwrap();
        assert_eq!(
            gateway.url_of("Submit"),
            "http://127.0.0.1:8000/?method=Submit"
        );
        assert!(GATEWAY.parse::<Gateway>().unwrap().is_default());
    }

    #[test]
    fn what_is_no_gateway_is_refused() {
        for (text, why) in [
            ("ftp://x/", GatewayError::BadScheme),
            ("https://ann:secret@x/", GatewayError::User),
            ("https://x/?method=Submit", GatewayError::Query),
            ("https://x/#y", GatewayError::Query),
            ("https://x/a b", GatewayError::BadCharacter),
            ("https://x/\r\nX: y", GatewayError::BadCharacter),
        ] {
            assert_eq!(text.parse::<Gateway>(), Err(why));
        }
        assert!("106.ihuyi.com".parse::<Gateway>().is_err());
        assert!("https:///x".parse::<Gateway>().unwrap().host() == "x");
    }
}
