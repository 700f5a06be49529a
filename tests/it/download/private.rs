//! Private addresses, at which a public server may not point us. A public server is one in a network
//! namespace, where any address can be ours.

use harness::{LIMIT, Launch, Server};

use super::{Desk, at, error};
use crate::namespaces::Cable;

/// Somebody's address on the internet; ours for a while.
const PUBLIC: &str = "8.8.4.4";

struct Internet {
    cable: Cable,
    server: Server,
}

impl Internet {
    fn new() -> Option<Internet> {
        let cable = Cable::good()?;
        cable.also_at(0, PUBLIC);
        let listen = format!("{PUBLIC}:0");
        let server = cable
            .at(0, "demo-peers", &["listing", "--listen", &listen])
            .serve();
        Some(Internet { cable, server })
    }

    fn launch(&self, desk: &Desk, args: &[&str]) -> Launch {
        let args = [&["--timeout", "1", "--retries", "0"], args].concat();
        self.cable
            .at(0, "downloader", &args)
            .dir(desk.folder.path())
            .limit(LIMIT)
    }
}

#[test]
fn a_public_server_does_not_get_us_to_a_private_address() {
    let Some(internet) = Internet::new() else {
        return;
    };
    let desk = Desk::new();
    let url = at(&internet.server, "/meinv/?num=2&way=private");
    let output = internet.launch(&desk, &["--listing", &url]).run();
    assert_eq!(error(&output, 1), "2 of 2 downloads failed");
    let why = "a public server points to a private address, 10.0.0.1 (see --allow-private)";
    assert_eq!(output.stderr_text().matches(why).count(), 2, "{output}");

    // The same by a redirect alone.
    let url = at(&internet.server, "/private/picture-1.bmp");
    let output = internet.launch(&desk, &[&url]).run();
    assert_eq!(error(&output, 1), format!("cannot download {url}: {why}"));

    // With leave it tries, and finds nobody.
    let output = internet.launch(&desk, &["--allow-private", &url]).run();
    assert!(!error(&output, 75).contains(why), "{output}");
}

#[test]
fn it_may_point_us_at_itself_and_we_may_go_where_we_like() {
    let Some(internet) = Internet::new() else {
        return;
    };
    let desk = Desk::new();
    let url = at(&internet.server, "/meinv/?num=2&way=moved");
    internet
        .launch(&desk, &["--listing", &url])
        .run()
        .assert_success();
    assert_eq!(desk.files().len(), 2);

    let local = ["listing", "--listen", "127.0.0.1:0"];
    let local = internet.cable.at(0, "demo-peers", &local).serve();
    let url = at(&local, "/meinv/?num=2&way=moved");
    let here = Desk::new();
    internet
        .launch(&here, &["--listing", &url])
        .run()
        .assert_success();
    assert_eq!(here.files().len(), 2);
}
