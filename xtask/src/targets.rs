//! What the compiler can compile for.

use std::env;
use std::path::Path;

use harness::Launch;

/// Whether the compiler has the standard library of `target`.
pub(crate) fn is_installed(target: &str) -> anyhow::Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Launch::command(rustc)
        .inherit_env()
        .args(["--print", "target-libdir", "--target", target])
        .try_run()?;
    Ok(output.success() && Path::new(output.stdout_text().trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_nobody_has_is_not_installed() {
        assert!(!is_installed("x86_64-unknown-nowhere").unwrap());
    }
}
