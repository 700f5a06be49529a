use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use ureq::unversioned::resolver::{Resolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::*;
#[derive(Debug)]
struct R;
impl Resolver for R {
    fn resolve(&self, uri: &ureq::http::Uri, _c: &ureq::config::Config, _t: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut v = self.empty();
        v.push(uri.authority().unwrap().as_str().parse().unwrap());
        Ok(v)
    }
}
fn main() {
    let mode: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let urls = std::fs::read_to_string(std::env::args().nth(2).unwrap()).unwrap();
    let urls: Vec<&str> = urls.lines().collect();
    let j: usize = std::env::args().nth(3).unwrap().parse().unwrap();
    let inb: usize = std::env::args().nth(4).unwrap().parse().unwrap();
    let config = ureq::Agent::config_builder().max_idle_connections(j).max_idle_connections_per_host(j).proxy(None)
        .timeout_per_read(Some(Duration::from_secs(10))).timeout_per_write(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10))).http_status_as_error(false)
        .input_buffer_size(inb).output_buffer_size(4096).accept_encoding("identity").max_redirects(0).max_redirects_will_error(false).build();
    let agent = ureq::Agent::with_parts(config, ().chain(TcpConnector::default()), R);
    let dir = std::fs::File::open("out").unwrap();
    let lock = std::sync::Mutex::new(());
    let next = AtomicUsize::new(0);
    std::thread::scope(|s| {
        for _ in 0..j {
            std::thread::Builder::new().stack_size(256<<10).spawn_scoped(s, || {
                let mut buf = vec![0u8; std::env::args().nth(5).unwrap().parse().unwrap()];
                loop {
                let i = next.fetch_add(1, Relaxed);
                let Some(url) = urls.get(i) else { break };
                let name = url.rsplit('/').next().unwrap();
                let res = agent.get(*url).call().unwrap();
                let mut body = res.into_body().into_reader();
                let part = format!("out/{name}.part");
                if mode >= 5 {
                    let mut n = 0;
                    loop { let k = body.read(&mut buf[n..]).unwrap(); if k == 0 { break; } n += k; }
                    use rustix::fs::*;
                    if mode == 5 || mode == 7 {
                        let fd = if mode == 5 { openat(CWD, "out", OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::from_raw_mode(0o666)).unwrap() } else { openat(&dir, ".", OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::from_raw_mode(0o666)).unwrap() };
                        let mut f = std::fs::File::from(fd);
                        f.write_all(&buf[..n]).unwrap();
                        use std::os::fd::AsRawFd;
                        linkat(CWD, format!("/proc/self/fd/{}", f.as_raw_fd()), CWD, format!("out/{name}"), AtFlags::SYMLINK_FOLLOW).unwrap();
                    } else if mode == 6 {
                        std::fs::File::create(&part).unwrap().write_all(&buf[..n]).unwrap();
                        renameat_with(CWD, &part, CWD, format!("out/{name}"), RenameFlags::NOREPLACE).unwrap();
                    } else if mode == 8 {
                        let _g = lock.lock().unwrap();
                        std::fs::File::create(&part).unwrap().write_all(&buf[..n]).unwrap();
                        renameat_with(CWD, &part, CWD, format!("out/{name}"), RenameFlags::NOREPLACE).unwrap();
                    } else if mode == 9 {
                        let g = lock.lock().unwrap();
                        let mut f = std::fs::File::create(&part).unwrap();
                        drop(g);
                        f.write_all(&buf[..n]).unwrap();
                        drop(f);
                        let _g = lock.lock().unwrap();
                        renameat_with(CWD, &part, CWD, format!("out/{name}"), RenameFlags::NOREPLACE).unwrap();
                    }
                    continue;
                }
                let mut f = match mode { 0 => None, 4 => Some(std::fs::File::create(format!("out/{name}")).unwrap()), _ => Some(std::fs::File::create(&part).unwrap()) };
                loop {
                    let n = body.read(&mut buf).unwrap();
                    if n == 0 { break; }
                    if let Some(f) = &mut f { f.write_all(&buf[..n]).unwrap(); }
                }
                drop(f);
                if mode >= 2 && mode < 4 { std::fs::rename(&part, format!("out/{name}")).unwrap(); }
            }}).unwrap();
        }
    });
}
