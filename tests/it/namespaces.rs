//! Two hosts made of network namespaces, with a cable between them, good or bad.
//!
//! It takes root and `ip`. Where that is not to be had the tests say so and pass; where the
//! environment has `CI=true` they have to run. What the kernel does not have is never required.

use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use harness::Launch;

use crate::talkers::{note, skipped};

/// Two namespaces and a cable, gone when this is dropped.
pub(crate) struct Cable {
    names: [String; 2],
}

/// Our addresses at its two ends.
pub(crate) const ENDS: [&str; 2] = ["10.77.0.1", "10.77.0.2"];

/// What a bad cable does to each packet, in each direction.
const NETEM: [&str; 4] = ["loss", "20%", "delay", "50ms"];

impl Cable {
    /// A cable that loses nothing; `None` where there is none to be had.
    pub(crate) fn good() -> Option<Cable> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = |end| format!("netdozen-{}-{number}-{end}", process::id());
        let cable = Cable {
            names: ["a", "b"].map(name),
        };
        match cable.lay() {
            Ok(()) => Some(cable),
            Err(why) => {
                let why = format!("no network namespaces: {why}");
                assert!(!required(), "{why}");
                skipped(&why);
                None
            }
        }
    }

    /// A cable that loses 20 % of the packets and takes 50 ms for the others.
    pub(crate) fn bad() -> Option<Cable> {
        let cable = Cable::good()?;
        let mut filtered = false;
        for name in &cable.names {
            let netem = ["tc", "qdisc", "add", "dev", "cable", "root", "netem"];
            let Err(why) = inside(name, &[&netem[..], &NETEM].concat()) else {
                continue;
            };
            let unknown = ["Specified qdisc kind is unknown", "Unknown qdisc"];
            let in_kernel = !unknown.iter().any(|text| why.contains(text));
            assert!(!(in_kernel && required()), "{why}");
            // The loss alone can be had from the packet filter.
            let rules = "add table ip bad; \
                         add chain ip bad in { type filter hook input priority 0; }; \
                         add rule ip bad in iif cable numgen random mod 100 < 20 drop";
            if let Err(no_filter) = inside(name, &["nft", rules]) {
                skipped(&format!("no bad cable: {why}; {no_filter}"));
                return None;
            }
            filtered = true;
        }
        if filtered {
            note("this kernel has no netem: 20 % are lost by nftables, without the delay");
        }
        Some(cable)
    }

    fn lay(&self) -> Result<(), String> {
        let [one, other] = &self.names;
        for name in [one, other] {
            run(&["ip", "netns", "add", name])?;
            inside(name, &["ip", "link", "set", "lo", "up"])?;
        }
        let pair = ["ip", "-n", one, "link", "add", "cable", "type", "veth"];
        run(&[&pair[..], &["peer", "name", "cable", "netns", other]].concat())?;
        for (name, end) in self.names.iter().zip(ENDS) {
            let address = format!("{end}/24");
            inside(
                name,
                &[
                    "ip",
                    "address",
                    "add",
                    &address,
                    "broadcast",
                    "+",
                    "dev",
                    "cable",
                ],
            )?;
            inside(name, &["ip", "link", "set", "cable", "up"])?;
        }
        Ok(())
    }

    /// One end has one more address, for itself alone.
    pub(crate) fn also_at(&self, end: usize, address: &str) {
        let address = format!("{address}/32");
        let added = inside(
            &self.names[end],
            &["ip", "address", "add", &address, "dev", "lo"],
        );
        added.unwrap();
    }

    /// The program, to be run at one end (0 or 1).
    pub(crate) fn at(&self, end: usize, program: &str, args: &[&str]) -> Launch {
        Launch::program(program)
            .args(args)
            .under(["ip", "netns", "exec", self.names[end].as_str()])
            .stdin_pipe()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for name in &self.names {
            // One that was never made cannot be removed. The cable goes with its ends.
            let _ = run(&["ip", "netns", "delete", name]);
        }
    }
}

fn inside(name: &str, command: &[&str]) -> Result<(), String> {
    run(&[&["ip", "netns", "exec", name], command].concat())
}

fn run(command: &[&str]) -> Result<(), String> {
    let output = Command::new(command[0]).args(&command[1..]).output();
    let line = command.join(" ");
    match output {
        Err(error) => Err(format!("`{line}`: {error}")),
        Ok(output) if !output.status.success() => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(format!("`{line}`: {said}"))
        }
        Ok(_) => Ok(()),
    }
}

fn required() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
