//! What Linux tells of another process.

use std::fs;
use std::io;

/// Bytes in the kilobyte of `/proc/PID/status` (proc_pid_status(5)).
const KILOBYTE: u64 = 1024;

/// The anonymous memory of the process that is resident now, in bytes: heap and stacks, not the program's file.
///
/// # Errors
/// When there is no such process.
pub(crate) fn anonymous_memory(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map(|kilobytes| kilobytes * KILOBYTE)
        .ok_or_else(|| io::Error::other("the process has ended"))
}
