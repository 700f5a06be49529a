//! Where the page goes.

use std::fs;
use std::path::Path;

use harness::{names, temp_dir};

use super::site::{Answer, Site};
use super::{Visit, page_fetch};

fn site() -> Site {
    Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
}

#[test]
fn a_dash_is_stdout_and_the_header_goes_to_stderr() {
    let visit = Visit::to(&site(), &["-o", "-"]);
    visit.output.assert_success();
    assert_eq!(visit.output.stdout, b"hi");
    assert_eq!(
        visit.output.stderr_lines(),
        [
            "< HTTP/1.1 200 OK",
            "< Content-Length: 2",
            "header: 38 bytes, ended by the first empty line",
            "body: 2 bytes, ended by Content-Length",
        ]
    );
    assert_eq!(visit.files(), [""; 0]);
    let visit = Visit::to(&site(), &["-o", "-", "-q"]);
    assert_eq!(visit.output.assert_success().stdout, b"hi");
    assert_eq!(visit.output.stderr, b"");
}

#[test]
fn what_goes_to_stdout_goes_as_it_is() {
    let site = Site::saying(b"HTTP/1.1 200 OK\r\n\r\n\x00\xff\x1b[2J\r\n");
    let visit = Visit::to(&site, &["-o", "-"]);
    assert_eq!(visit.output.assert_success().stdout, b"\x00\xff\x1b[2J\r\n");
}

#[test]
fn a_file_gets_the_name_that_the_user_gives() {
    for (path, saved) in [
        ("page", "page"),
        ("a/b/.hidden", "a/b/.hidden"),
        ("./x.part", "x.part"),
    ] {
        let visit = Visit::to(&site(), &["-o", path]);
        visit.output.assert_success();
        assert_eq!(fs::read(visit.folder.path().join(saved)).unwrap(), b"hi");
        let last = visit.output.stderr_lines().pop();
        assert_eq!(last, Some(format!("saved as {saved}")));
    }
}

#[test]
fn into_a_folder_it_goes_under_the_name_of_its_host() {
    for path in [".", "new/", "new/again/"] {
        let visit = Visit::to(&site(), &["-o", path]);
        visit.output.assert_success();
        let saved = visit.folder.path().join(path).join("127.0.0.1.html");
        assert_eq!(fs::read(saved).unwrap(), b"hi");
    }
    let folder = temp_dir();
    let launch = page_fetch()
        .arg(site().url("/"))
        .arg("-o")
        .arg(folder.path());
    launch.run().assert_success();
    assert_eq!(names(&folder), ["127.0.0.1.html"]);
}

#[test]
fn folders_made_for_a_page_that_does_not_come_are_gone() {
    let short = || Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh");
    let visit = Visit::to(&short(), &["-o", "made/for/it"]);
    visit.output.assert_code(1);
    assert_eq!(visit.files(), [""; 0]);
    // What was there stays.
    let folder = temp_dir();
    fs::create_dir(folder.path().join("made")).unwrap();
    let launch = page_fetch()
        .args([&short().url("/"), "-o", "made/for/it"])
        .dir(folder.path());
    launch.run().assert_code(1);
    assert_eq!(names(&folder), ["made"]);
    assert_eq!(names(folder.path().join("made")), [""; 0]);
}

#[test]
fn a_file_that_is_there_is_refused_before_anything_is_fetched() {
    let site = site();
    let folder = temp_dir();
    fs::write(folder.path().join("127.0.0.1.html"), "old").unwrap();
    let launch = || page_fetch().arg(site.url("/")).dir(folder.path());
    let output = launch().run();
    assert_eq!(
        output.assert_code(1).stderr_text(),
        "page-fetch: cannot save 127.0.0.1.html: it is there already (see --on-conflict)\n"
    );
    assert_eq!(output.stdout_text(), "");

    // It was the first request of the site, which has one answer.
    launch()
        .args(["--on-conflict", "rename"])
        .run()
        .assert_success();
    assert_eq!(names(&folder), ["127.0.0.1-1.html", "127.0.0.1.html"]);
    assert_eq!(
        fs::read(folder.path().join("127.0.0.1.html")).unwrap(),
        b"old"
    );
}

#[test]
fn a_file_that_appears_meanwhile_is_not_replaced() {
    let header = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let (answer, go_on) = Answer::new(header).then_when_told("hi");
    let site = Site::playing([answer]);
    let folder = temp_dir();
    let process = page_fetch()
        .args([&site.url("/"), "-v", "-o", "page"])
        .dir(folder.path())
        .spawn();
    process
        .wait_for_line(
            harness::Stream::Stderr,
            |line| line.contains("saving"),
            harness::LIMIT,
        )
        .unwrap();
    fs::write(folder.path().join("page"), "mine").unwrap();
    go_on.send(()).unwrap();
    let output = process.wait(harness::LIMIT).unwrap();
    assert_eq!(
        output.assert_code(1).stderr_lines().last().unwrap(),
        "page-fetch: cannot save page: it is there already (see --on-conflict)"
    );
    assert_eq!(names(&folder), ["page"]);
    assert_eq!(fs::read(folder.path().join("page")).unwrap(), b"mine");
}

#[test]
fn overwrite_replaces_but_only_by_a_complete_page() {
    let folder = temp_dir();
    let file = folder.path().join("page");
    fs::write(&file, "old").unwrap();
    let fetch = |site: Site| {
        let flags = ["-o", "page", "--on-conflict", "overwrite"];
        page_fetch()
            .arg(site.url("/"))
            .args(flags)
            .dir(folder.path())
            .run()
    };
    fetch(Site::saying(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh",
    ))
    .assert_code(1);
    assert_eq!(fs::read(&file).unwrap(), b"old");
    fetch(site()).assert_success();
    assert_eq!(fs::read(&file).unwrap(), b"hi");
    assert_eq!(names(&folder), ["page"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let folder = temp_dir();
    let precious = folder.path().join("precious");
    fs::write(&precious, "old").unwrap();
    std::os::unix::fs::symlink("precious", folder.path().join("page")).unwrap();
    let flags = |conflict| ["-o", "page", "--on-conflict", conflict];
    let fetch = |conflict| {
        page_fetch()
            .arg(site().url("/"))
            .args(flags(conflict))
            .dir(folder.path())
            .run()
    };
    fetch("refuse").assert_code(1);
    fetch("overwrite").assert_success();
    assert_eq!(fs::read(&precious).unwrap(), b"old");
    assert_eq!(fs::read(folder.path().join("page")).unwrap(), b"hi");
}

/// As root, to replace this one would break the system.
#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_never_replaced() {
    use std::os::unix::fs::FileTypeExt;

    let is_device = || {
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    };
    if !is_device() {
        panic!("/dev/null is no device to begin with");
    }
    for flags in [
        &["-o", "/dev/null"][..],
        &["-o", "/dev/null", "--on-conflict", "overwrite"],
    ] {
        let visit = Visit::to(&site(), flags);
        visit.output.assert_success();
        assert!(is_device());
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let folder = temp_dir();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut launch = page_fetch()
        .arg(site().url("/"))
        .arg("-o")
        .arg(folder.path());
    if fs::write(folder.path().join("probe"), "").is_ok() {
        // We are root, whom no permission stops.
        fs::remove_file(folder.path().join("probe")).unwrap();
        launch = launch.uid(65534);
    }
    let output = launch.run();
    let folder = folder.path().display();
    assert_eq!(
        output.assert_code(1).stderr_lines().last().unwrap(),
        &format!("page-fetch: cannot write to the folder {folder}: permission denied")
    );
}

#[test]
fn a_host_that_is_no_name_for_a_file_needs_another() {
    let output = page_fetch().arg("http://con/").run();
    assert_eq!(
        output.assert_code(2).stderr_text(),
        "page-fetch: the page cannot be named after its host con: it is the name of a device \
         (name it with -o FILE)\n"
    );
}

#[test]
fn a_disk_that_is_full_is_said() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: this system has no /dev/full");
        return;
    }
    let visit = Visit::to(&site(), &["-o", "/dev/full"]);
    let stderr = visit.output.assert_code(1).stderr_text();
    let end = "\npage-fetch: cannot write to /dev/full: no space left on device\n";
    assert!(stderr.ends_with(end), "{}", visit.output);
}

/// `page-fetch URL | head -1` is a way to see the status; the page is still wanted.
#[cfg(unix)]
#[test]
fn a_closed_stdout_is_no_reason_not_to_save() {
    // A pipe that is open for writing, and that nobody reads.
    let closed = [
        "sh",
        "-c",
        r#"mkfifo p; exec 3<>p 4>p 3<&-; rm p; "$0" "$@" >&4; echo $? >status"#,
    ];
    for (flags, saved) in [(&[][..], true), (&["-o", "-"], false), (&["--head"], false)] {
        let folder = temp_dir();
        let launch = page_fetch().arg(site().url("/")).args(flags).under(closed);
        let output = launch.dir(folder.path()).run();
        assert_eq!(
            output
                .stderr_lines()
                .iter()
                .filter(|line| line.starts_with("page-fetch"))
                .count(),
            0
        );
        assert_eq!(
            fs::read_to_string(folder.path().join("status")).unwrap(),
            "0\n",
            "{output}"
        );
        assert_eq!(
            folder.path().join("127.0.0.1.html").exists(),
            saved,
            "{output}"
        );
    }
}
