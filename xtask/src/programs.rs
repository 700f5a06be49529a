//! The programs: the binaries of `crates/`, as cargo knows them, so that none can be forgotten.

use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

/// It is no program of ours like the others: it stands in for the servers of others.
pub(crate) const STAND_IN: &str = "demo-peers";

/// A binary, and the crate that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) package: String,
    /// Whether it can speak TLS as a client.
    pub(crate) tls: bool,
}

/// Every binary of the packages in `crates/`, the stand-in too.
pub(crate) fn all() -> anyhow::Result<Vec<Program>> {
    let cargo = harness::cargo().args(["metadata", "--no-deps", "--format-version", "1"]);
    let output = cargo.try_run()?;
    ensure!(output.success(), "cannot list the programs: {output}");
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .context("cannot understand what cargo metadata prints")?;
    Ok(found_in(
        &metadata,
        &harness::workspace_root().join("crates"),
    ))
}

fn found_in(metadata: &Value, folder: &Path) -> Vec<Program> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tls_of_common = |dependency: &Value| {
        dependency["name"] == "common" && list(&dependency["features"]).contains(&"tls".into())
    };
    let mut programs = Vec::new();
    for package in list(&metadata["packages"]) {
        if !Path::new(&text(&package["manifest_path"])).starts_with(folder) {
            continue;
        }
        for target in list(&package["targets"]) {
            if list(&target["kind"]).contains(&"bin".into()) {
                programs.push(Program {
                    name: text(&target["name"]),
                    package: text(&package["name"]),
                    tls: list(&package["dependencies"]).iter().any(tls_of_common),
                });
            }
        }
    }
    programs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_the_binaries_of_the_crates() {
        let package = |name: &str, folder: &str, features: &[&str]| {
            serde_json::json!({
                "name": name,
                "manifest_path": format!("/w/{folder}/{name}/Cargo.toml"),
                "targets": [{"kind": ["lib"], "name": "common"}, {"kind": ["bin"], "name": name}],
                "dependencies": [{"name": "common", "features": features}],
            })
        };
        let packages = [
            package("sms", "crates", &["tls"]),
            package("tcp-chat", "crates", &["terminal"]),
            package("xtask", ".", &[]),
        ];
        let found = found_in(
            &serde_json::json!({ "packages": packages }),
            Path::new("/w/crates"),
        );
        let program = |name: &str, tls| Program {
            name: name.to_owned(),
            package: name.to_owned(),
            tls,
        };
        assert_eq!(found, [program("sms", true), program("tcp-chat", false)]);
    }
}
