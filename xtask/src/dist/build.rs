//! One static file for each program.
//!
//! On Linux the C library is linked in. Musl is made for that, and small. The host's own glibc will do
//! where musl is not installed: it adds 0.7 MiB to each file, most of it for charsets and locales. A
//! static glibc that looks up names used to load the host's library for that, and failed where there
//! was none or another; since 2.34 what reads `/etc/hosts` and asks DNS is a part of the library itself.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use harness::Launch;

use crate::say::complain;
use crate::targets::is_installed;

/// The profile in the root `Cargo.toml`.
const PROFILE: &str = "dist";

/// The first glibc that looks up names by itself.
const GLIBC: (u32, u32) = (2, 34);

/// The target that makes files which run anywhere, of those that can be built here.
pub(super) fn suitable_target() -> anyhow::Result<String> {
    let host = host()?;
    let Some(musl) = host.ends_with("-linux-gnu").then(|| musl_of(&host)) else {
        return Ok(host);
    };
    if is_installed(&musl)? {
        return Ok(musl);
    }
    complain(&format!(
        "the files get smaller by 0.7 MiB after `rustup target add {musl}`"
    ));
    let version = glibc_version()?;
    ensure!(
        version.is_none_or(|version| version >= GLIBC),
        "this glibc is older than {}.{}, so that a static file of it could not look up names: \
         `rustup target add {musl}` helps",
        GLIBC.0,
        GLIBC.1
    );
    Ok(host)
}

fn musl_of(host: &str) -> String {
    host.replace("-linux-gnu", "-linux-musl")
}

/// Builds every program for `target`, and says where each is.
pub(super) fn build(target: &str) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    // Flags in the environment take the place of those in the files of cargo, so ours are added to them.
    let mut flags = env::var("RUSTFLAGS").unwrap_or_default();
    // A file of macOS always needs its system library, which is on every Mac.
    if !target.contains("-apple-") {
        flags.push_str(" -C target-feature=+crt-static");
    }
    // Random bytes come by the system call alone: in a static file of glibc the library does not find it
    // otherwise, and reads /dev/urandom, which an empty folder has not.
    if target.contains("-linux-") {
        flags.push_str(r#" --cfg getrandom_backend="linux_getrandom""#);
    }
    // With a target the flags are for the programs alone. Without one they would be for what runs
    // during the build too, and the compiler cannot load a static macro.
    let built = harness::build_as(|mut cargo| {
        if let Some((variable, compiler)) = c_compiler(target) {
            cargo = cargo.env(variable, compiler);
        }
        cargo
            .args(["--locked", "--profile", PROFILE, "--target", target])
            .env("RUSTFLAGS", flags.trim())
            // Who develops may have it on; here it would make files larger.
            .env("CARGO_INCREMENTAL", "0")
    })?;
    Ok(built)
}

/// The C compiler for musl, and the variable that names it: `ring` is in part written in C. The host's
/// own is as good as musl's, since that part asks nothing of a C library.
fn c_compiler(target: &str) -> Option<(String, &'static str)> {
    let variable = format!("CC_{}", target.replace('-', "_"));
    let wanted = target.contains("-linux-musl")
        && env::var_os(&variable).is_none()
        && Launch::command("musl-gcc")
            .arg("--version")
            .try_run()
            .is_err();
    wanted.then_some((variable, "cc"))
}

/// The target that is built for by default.
fn host() -> anyhow::Result<String> {
    let output = harness::cargo().arg("-vV").try_run()?;
    let lines = output.stdout_lines();
    let host = lines.iter().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .with_context(|| format!("cargo does not say for which target it builds: {output}"))
}

fn glibc_version() -> anyhow::Result<Option<(u32, u32)>> {
    let output = Launch::command("getconf")
        .arg("GNU_LIBC_VERSION")
        .try_run()?;
    Ok(version_in(&output.stdout_text()))
}

/// Reads `glibc 2.36`.
fn version_in(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_glibc() {
        assert_eq!(version_in("glibc 2.36\n"), Some((2, 36)));
        assert_eq!(version_in("glibc 2.3.4\n"), Some((2, 3)));
        assert_eq!(version_in("undefined\n"), None);
    }
}
