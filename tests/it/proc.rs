//! What Linux knows of a running process, from `/proc`.

use std::fs;

/// The most memory it has held so far, in bytes.
pub(crate) fn peak_memory(id: u32) -> u64 {
    bytes_of(id, "VmHWM:")
}

/// The memory that it holds now, in bytes.
pub(crate) fn memory(id: u32) -> u64 {
    bytes_of(id, "VmRSS:")
}

fn bytes_of(id: u32, field: &str) -> u64 {
    let status = read(id, "status");
    let row = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = row.and_then(|row| row.trim().strip_suffix(" kB"));
    let kibibytes = kibibytes.expect("a process has memory");
    1024 * kibibytes.parse::<u64>().expect("it is a number")
}

/// The processor time it has used so far, in ticks of 10 ms, its own and the kernel's for it.
pub(crate) fn processor_ticks(id: u32) -> u64 {
    let stat = read(id, "stat");
    // The name in the second field may hold anything, but is in parentheses.
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let field = |n: usize| {
        fields
            .split(' ')
            .nth(n)
            .and_then(|field| field.parse().ok())
    };
    // Fields 14 and 15 of proc(5), counted from 1; the third is the first here.
    let (user, system): (Option<u64>, Option<u64>) = (field(11), field(12));
    user.zip(system)
        .map(|(user, system)| user + system)
        .expect("two numbers")
}

fn read(id: u32, file: &str) -> String {
    let path = format!("/proc/{id}/{file}");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}
