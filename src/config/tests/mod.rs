//! What the tests of settings share.

mod checks;
mod layers;
mod secrets;
mod webhooks;

use std::path::PathBuf;

use super::*;

fn with_environment(variables: &[(&str, &str)]) -> Sources {
    Sources {
        environment: owned(variables),
        ..Sources::default()
    }
}

fn with_overrides(overrides: &[(&str, &str)]) -> Sources {
    Sources {
        overrides: owned(overrides),
        ..Sources::default()
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

/// A file in a folder that lasts as long as the guard.
fn written(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn load_file(text: &str) -> Result<Settings, ConfigError> {
    let (_folder, path) = written("ptf.toml", text);
    Settings::load(&Sources {
        file: Some(path),
        ..Sources::default()
    })
}

/// The messages for a file, with the folder cut off the path.
fn problems_in_file(text: &str) -> Vec<String> {
    let (folder, path) = written("ptf.toml", text);
    let sources = Sources {
        file: Some(path),
        ..Sources::default()
    };
    let folder = format!("{}/", folder.path().display());
    let error = Settings::load(&sources).unwrap_err();
    let cut = |problem: &SettingError| problem.to_string().replace(&folder, "");
    error.problems().iter().map(cut).collect()
}

fn problem_of(setting: &str, value: &str) -> String {
    let error = Settings::load(&with_overrides(&[(setting, value)])).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].origin, Some(Origin::CommandLine));
    error.problems()[0].problem.clone()
}
