//! `backup` and `verify`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::output::say;
use super::parts::{Database, Parts};
use super::{Exit, Given};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; it must not exist yet
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let file = self.file.display();
        let copied = parts.store.backup(&self.file).await;
        copied.with_context(|| format!("the database was not copied to {file}"))?;
        say(&format!(
            "copied {} to {}",
            parts.settings.database.url,
            self.file.display()
        ));
        Ok(Exit::Done)
    }
}

#[derive(Debug, Args)]
pub(super) struct Verify {}

impl Verify {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let problems = parts.store.check_integrity().await?;
        if !problems.is_empty() {
            bail!(
                "{} is damaged; restore it from a backup:\n{}",
                parts.settings.database.url,
                problems.join("\n")
            );
        }
        let base = parts.publisher.prove_base().await?;
        let Some(head) = base.head else {
            say("the database is sound; it holds no catalog yet");
            return Ok(Exit::Done);
        };
        say(&format!(
            "the database is sound; catalog {} has its recorded hash {}",
            head.version, head.content_hash
        ));
        Ok(Exit::Done)
    }
}
