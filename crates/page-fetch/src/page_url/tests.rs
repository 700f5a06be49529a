use proptest::prelude::*;

use super::*;

fn read(text: &str) -> PageUrl {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn reads_what_people_write() {
    for (text, address, authority, target) in [
        ("http://a.example", "a.example:80", "a.example", "/"),
        ("HTTP://A.example/", "a.example:80", "a.example", "/"),
        ("a.example", "a.example:80", "a.example", "/"),
        (
            "www.sina.com.cn",
            "www.sina.com.cn:80",
            "www.sina.com.cn",
            "/",
        ),
        (
            "a.example:8080/b?c=d",
            "a.example:8080",
            "a.example:8080",
            "/b?c=d",
        ),
        ("localhost:80", "localhost:80", "localhost", "/"),
        ("https://a.example/b", "a.example:443", "a.example", "/b"),
        ("https://a.example:443/", "a.example:443", "a.example", "/"),
        ("https://a.example:80/", "a.example:80", "a.example:80", "/"),
        ("http://[::1]:8080/", "[::1]:8080", "[::1]:8080", "/"),
        ("[::1]", "[::1]:80", "[::1]", "/"),
        ("a.example/b#part", "a.example:80", "a.example", "/b"),
        ("a.example?b", "a.example:80", "a.example", "/?b"),
        (
            "a.example/b?to=http://c/",
            "a.example:80",
            "a.example",
            "/b?to=http://c/",
        ),
        (
            "http://a.example/你好",
            "a.example:80",
            "a.example",
            "/%E4%BD%A0%E5%A5%BD",
        ),
        ("http://a.example/a/../b", "a.example:80", "a.example", "/b"),
        (
            "http://bücher.example/",
            "xn--bcher-kva.example:80",
            "xn--bcher-kva.example",
            "/",
        ),
    ] {
        let url = read(text);
        assert_eq!(url.address().to_string(), address, "{text}");
        assert_eq!(url.authority(), authority, "{text}");
        assert_eq!(url.target(), target, "{text}");
    }
}

#[test]
fn refuses_the_rest_and_says_why() {
    for (text, why) in [
        ("", "a host is missing"),
        ("http://", "a host is missing"),
        ("http:///path", "a host is missing"),
        ("/path", "a host is missing"),
        ("http://a.example/a b", "a space or a control"),
        ("http://a.example/\r\nX-Evil: 1", "a space or a control"),
        ("http://a.example/\u{a0}", "a space or a control"),
        ("a.example\n", "a space or a control"),
        (
            "ftp://a.example/",
            "only http and https can be fetched, not ftp",
        ),
        ("file:///etc/passwd", "a host is missing"),
        ("http:/a.example", "that is not a URL: invalid port number"),
        (
            "http:\\\\a.example",
            "that is not a URL: invalid port number",
        ),
        ("a.example:", "that is not a URL: invalid port number"),
        ("://a.example", "that is not a URL: "),
        ("http://ann@a.example/", "a user or a password"),
        ("http://ann:secret@a.example/", "a user or a password"),
        (
            "http://a.example:http/",
            "that is not a URL: invalid port number",
        ),
        ("a.example:65536", "that is not a URL: invalid port number"),
        ("http://[::1/", "that is not a URL: "),
        ("::1", "that is not a URL: "),
        ("http://a<b/", "that is not a URL: "),
    ] {
        let error = text.parse::<PageUrl>().unwrap_err().to_string();
        assert!(error.starts_with(why), "{text:?}: {error}");
    }
}

#[test]
fn a_redirect_is_relative_to_where_it_comes_from() {
    let from = read("https://a.example:8443/b/c?d");
    for (location, to) in [
        ("/e", "https://a.example:8443/e"),
        ("e", "https://a.example:8443/b/e"),
        ("../e?f#g", "https://a.example:8443/e?f"),
        ("?f", "https://a.example:8443/b/c?f"),
        ("//c.example/e", "https://c.example/e"),
        ("https://c.example", "https://c.example/"),
        ("", "https://a.example:8443/b/c?d"),
        ("a b", "https://a.example:8443/b/a%20b"),
    ] {
        let found = from.redirected(location.as_bytes()).unwrap();
        assert_eq!(found.to_string(), to, "{location}");
    }
    let gbk = from.redirected(b"/\xc4\xe3").unwrap();
    assert_eq!(gbk.target(), "/%C4%E3");
}

#[test]
fn a_redirect_leads_to_no_other_kind_of_place() {
    let from = read("https://a.example/");
    assert_eq!(
        from.redirected(b"http://a.example/"),
        Err(UrlError::Downgrade)
    );
    assert_eq!(
        from.redirected(b"file:///etc/passwd"),
        Err(UrlError::Scheme("file".into()))
    );
    assert_eq!(
        from.redirected(b"https://u@b.example/"),
        Err(UrlError::User)
    );
    assert!(from.redirected(b"https://[/").is_err());
    assert!(
        read("http://a.example/")
            .redirected(b"https://a.example/")
            .is_ok()
    );
}

#[test]
fn a_page_is_named_after_its_host() {
    for (text, name) in [
        ("http://127.0.0.1:8080/x/y.png", "127.0.0.1.html"),
        ("www.sina.com.cn.", "www.sina.com.cn.html"),
        ("[::1]:80", "0-0-0-0-0-0-0-1.html"),
        ("bücher.example", "xn--bcher-kva.example.html"),
    ] {
        assert_eq!(read(text).file_name().unwrap(), name);
    }
    assert_eq!(read("http://con/").file_name(), Err(NameError::Device));
    assert_eq!(read("http://a*b/").file_name(), Err(NameError::Character));
    assert_eq!(read("http://.a/").file_name(), Err(NameError::Dot));
}

proptest! {
    /// Whatever is accepted makes one word on one line of the request.
    #[test]
    fn what_is_accepted_is_printable_ascii(text in any::<String>(), location in any::<Vec<u8>>()) {
        for url in [text.parse(), format!("http://a/{text}").parse()] {
            let Ok(url): Result<PageUrl, _> = url else { continue };
            let redirected = url.redirected(&location).ok();
            for url in [Some(url), redirected].into_iter().flatten() {
                let visible = |text: String| text.bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(visible(url.target()) && url.target().starts_with('/'));
                prop_assert!(visible(url.authority()) && !url.authority().is_empty());
            }
        }
    }
}
