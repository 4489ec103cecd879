//! Tools of the system that some tests need.

use std::process::{Command, Stdio};

use crate::missing::did_not_run;

/// Whether system calls can be made to fail; where they cannot, see [`did_not_run`].
pub(crate) fn can_inject() -> bool {
    let trace = ["strace", "--quiet=all", "--output=/dev/null", "true"];
    works(&trace).unwrap_or_else(|problem| {
        did_not_run(&problem, "install the package strace");
        false
    })
}

/// How to start a process that sees mounts of its own; `None` where it cannot be done, see [`did_not_run`].
pub(crate) fn own_mounts() -> Option<Mounts> {
    let mut problem = String::new();
    for mounts in [Mounts::OfUser, Mounts::OfRoot] {
        let mut probe = mounts.unshare().to_vec();
        probe.extend(["mount", "-t", "tmpfs", "tmpfs", "/tmp"]);
        match works(&probe) {
            Ok(_) => return Some(mounts),
            Err(found) => problem = found,
        }
    }
    did_not_run(
        &problem,
        "install the packages util-linux and mount, and run as root or where user namespaces are allowed",
    );
    None
}

/// Who may have mounts of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mounts {
    /// Anybody, as the root of a user namespace.
    OfUser,
    /// Root.
    OfRoot,
}

impl Mounts {
    /// Starts a command in a namespace of its own.
    pub(crate) fn unshare(self) -> &'static [&'static str] {
        match self {
            Mounts::OfUser => &["unshare", "--user", "--map-root-user", "--mount"],
            Mounts::OfRoot => &["unshare", "--mount"],
        }
    }

    /// Starts a command in the namespace of the process that `--target` names.
    pub(crate) fn enter(self) -> &'static [&'static str] {
        match self {
            Mounts::OfUser => &["nsenter", "--user", "--preserve-credentials", "--mount"],
            Mounts::OfRoot => &["nsenter", "--mount"],
        }
    }
}

/// Runs `probe`, which changes nothing; what is wrong with it where it fails.
fn works(probe: &[&str]) -> Result<bool, String> {
    let mut command = Command::new(probe[0]);
    command.args(&probe[1..]).stdin(Stdio::null());
    let ended = command.output();
    let ended = ended.map_err(|error| format!("{}: {error}", probe[0]))?;
    match ended.status.success() {
        true => Ok(true),
        false => Err(String::from_utf8_lossy(&ended.stderr).trim().to_owned()),
    }
}

/// `plain`, started by the words of `prefix`.
pub(crate) fn wrapped<S: AsRef<std::ffi::OsStr>>(prefix: &[S], plain: &Command) -> Command {
    let mut command = Command::new(&prefix[0]);
    command
        .args(&prefix[1..])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(plain.get_current_dir().unwrap())
        .env_clear();
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap());
    }
    // The tools themselves are looked for.
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}
