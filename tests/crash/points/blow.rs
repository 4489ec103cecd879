//! What befalls a process at a failpoint, and how to tell that it did.

use std::os::unix::process::ExitStatusExt;

use tokio::process::Command;

use crate::numbered::Ended;

/// The number of the signal by which a process ends itself.
const SIGABRT: i32 = 6;
/// The exit code of a process whose main thread panicked.
const PANICKED: i32 = 101;
/// The exit code of a command that failed.
pub(super) const FAILED: i32 = 1;

/// What happens at a failpoint, the first time it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// The process is gone.
    Abort,
    /// The task panics.
    Panic,
    /// The function fails.
    Error,
}

/// All of them.
pub(crate) const BLOWS: [Blow; 3] = [Blow::Abort, Blow::Panic, Blow::Error];

impl Blow {
    /// Makes `command` suffer this once, when it reaches the failpoint `name` for the `nth` time.
    pub(crate) fn arm(self, command: &mut Command, name: &str, nth: u32) {
        let action = match self {
            Blow::Abort => "return(abort)",
            Blow::Panic => "panic",
            Blow::Error => "return(error)",
        };
        let before = match nth {
            0 | 1 => String::new(),
            nth => format!("{}*off->", nth - 1),
        };
        command.env("FAILPOINTS", format!("{name}={before}1*{action}"));
    }

    /// Checks that a command reached the failpoint `name`, and ended as it must.
    pub(crate) fn check_end(self, ended: &Ended, name: &str) {
        let code = match self {
            Blow::Abort => None,
            Blow::Panic => Some(PANICKED),
            Blow::Error => Some(FAILED),
        };
        self.check_end_with(code, ended, name);
    }

    /// Checks that a command reached the failpoint `name`, and ended with the exit code `code`; `None`: it died.
    pub(crate) fn check_end_with(self, code: Option<i32>, ended: &Ended, name: &str) {
        assert_eq!(ended.status.code(), code, "{name}: {ended:?}");
        let signal = (code.is_none()).then_some(SIGABRT);
        assert_eq!(ended.status.signal(), signal, "{name}: {ended:?}");
        self.check_log(&ended.log, name);
    }

    /// Checks that what a process said tells of the failpoint `name`; an abort says nothing.
    pub(crate) fn check_log(self, log: &str, name: &str) {
        let words = self.words(name);
        assert!(log.contains(&words), "{words}? {log}");
    }

    /// What a process says of it that lives on to say it.
    pub(crate) fn words(self, name: &str) -> String {
        match self {
            Blow::Abort => String::new(),
            Blow::Panic => format!("failpoint {name} panic"),
            Blow::Error => format!("the failpoint {name} was told to fail"),
        }
    }
}
