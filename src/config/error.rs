//! What is wrong with the configuration, where it was set, and the remedy.

use std::fmt;
use std::path::PathBuf;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// In the environment, by the name of the variable.
    Environment(String),
    /// On the command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

/// One setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The setting as a path: `upstream.base_url`.
    pub setting: String,
    /// Where it was set; `None` when it was not.
    pub origin: Option<Origin>,
    /// The value, what is wrong with it and the remedy. Never a secret.
    pub problem: String,
}

impl SettingError {
    /// A setting that is needed and not set.
    pub(super) fn missing(key: &str) -> SettingError {
        SettingError {
            setting: key.to_owned(),
            origin: None,
            problem: format!(
                "is not set; set it in the configuration file, or as the environment variable {}",
                environment_name(key)
            ),
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.problem)?;
        match &self.origin {
            Some(origin) => write!(f, " ({origin})"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with the configuration, at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<SettingError>,
}

impl ConfigError {
    pub(super) fn new(problems: Vec<SettingError>) -> ConfigError {
        ConfigError { problems }
    }

    /// What is wrong, one setting each.
    pub fn problems(&self) -> &[SettingError] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    /// One line a problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.problems.iter().enumerate() {
            let line_end = if position == 0 { "" } else { "\n" };
            write!(f, "{line_end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The environment variable of a setting: `PTF_UPSTREAM__BASE_URL` for `upstream.base_url`.
pub(super) fn environment_name(key: &str) -> String {
    format!("PTF_{}", key.replace('.', "__").to_uppercase())
}
