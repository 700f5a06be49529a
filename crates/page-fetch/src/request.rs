//! What is sent: a request of a few lines, written by hand.

use crate::page_url::PageUrl;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The page.
    Get,
    /// Only the header that `Get` would be answered with.
    Head,
}

impl Method {
    /// As it stands in the request.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
        }
    }
}

/// The request for a page, as it is sent.
///
/// `Connection: close` says that this is the only one, so that the server closes after its answer
/// instead of waiting for the next. There is no `Accept-Encoding`: the page is wanted as it is,
/// not compressed.
pub fn request(method: Method, url: &PageUrl) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\n\
         Host: {authority}\r\n\
         User-Agent: page-fetch/{version}\r\n\
         Accept: */*\r\n\
         Connection: close\r\n\
         \r\n",
        method = method.name(),
        target = url.target(),
        authority = url.authority(),
        version = env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_five_lines_and_an_empty_one() {
        let url = "http://[::1]:8080/a?b=c".parse().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            request(Method::Head, &url),
            format!(
                "HEAD /a?b=c HTTP/1.1\r\nHost: [::1]:8080\r\nUser-Agent: page-fetch/{version}\r\n\
                 Accept: */*\r\nConnection: close\r\n\r\n"
            )
        );
    }
}
