//! `curated check | import | export`: the curated list as CSV.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::output::{print, say, visible};
use super::parts::{Database, Parts, terminal_user};
use super::{Exit, Given};
use crate::curation::csv::write_entries;
use crate::curation::{Curation, ImportError, ImportOptions, Imported};
use crate::domain::curated::EntryId;
use crate::domain::merge::{Applied, applied};
use crate::domain::rows::SourceRows;

#[derive(Debug, Subcommand)]
pub(super) enum Curated {
    /// Read a file and say what is wrong with it; change nothing
    Check(File),
    /// Import a file as one new version of the catalog
    Import(Import),
    /// Write the curated list
    Export(Export),
}

#[derive(Debug, Args)]
pub(super) struct File {
    /// The CSV file
    file: PathBuf,
    /// Accept board names that fit neither the vendor's name nor its abbreviation
    #[arg(long)]
    accept_names: bool,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    file: File,
    /// Say what would change; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Remove the entries that the file does not have
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file to write; stdout without it
    file: Option<PathBuf>,
}

impl Curated {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, self.database(), async |parts| {
            self.work(parts).await
        })
        .await
    }

    /// Only an import begins a database: where there is none, the others would look into an empty one that they leave
    /// behind, and find no fault with a file whose boards they cannot know.
    fn database(&self) -> Database {
        match self {
            Curated::Import(import) if !import.dry_run => Database::CreateIfMissing,
            Curated::Check(_) | Curated::Import(_) | Curated::Export(_) => Database::MustExist,
        }
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let curation = Curation::new(Arc::clone(&parts.publisher), Arc::clone(&parts.clock));
        match self {
            Curated::Check(file) => {
                let options = ImportOptions {
                    replace: false,
                    accept_names: file.accept_names,
                };
                finish(
                    curation.check(&read(&file.file)?, options).await,
                    &file.file,
                    "would change",
                )
            }
            Curated::Import(import) => {
                let path = &import.file.file;
                let options = ImportOptions {
                    replace: import.replace,
                    accept_names: import.file.accept_names,
                };
                let bytes = read(path)?;
                if import.dry_run {
                    return finish(curation.check(&bytes, options).await, path, "would change");
                }
                finish(
                    curation.import(&bytes, options, &terminal_user()).await,
                    path,
                    "changed",
                )
            }
            Curated::Export(export) => export.run(parts).await,
        }
    }
}

impl Export {
    async fn run(self, parts: &Parts) -> anyhow::Result<Exit> {
        let base = parts.publisher.load_base().await?;
        let csv = write_entries(base.rows.curated.values());
        match self.file {
            None => print(&csv),
            Some(path) => {
                std::fs::write(&path, csv)
                    .with_context(|| format!("{} cannot be written", path.display()))?;
                say(&format!(
                    "wrote {} entries to {}",
                    base.rows.curated.len(),
                    path.display()
                ));
                Ok(Exit::Done)
            }
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Prints what an import did or would do, or every error of the file.
fn finish(result: Result<Imported, ImportError>, path: &Path, verb: &str) -> anyhow::Result<Exit> {
    let imported = match result {
        Ok(imported) => imported,
        Err(ImportError::Rows(errors)) => {
            let lines: Vec<String> = errors
                .iter()
                .map(|error| visible(&error.to_string()))
                .collect();
            print(&lines.join("\n"))?;
            say(&format!(
                "{}: {} errors; nothing was imported",
                path.display(),
                errors.len()
            ));
            return Ok(Exit::Failed);
        }
        Err(error) => return Err(error.into()),
    };
    print(&print_plan(&imported))?;
    let plan = &imported.plan;
    let version = imported
        .head
        .as_ref()
        .map(|head| format!("; catalog {}", head.version))
        .unwrap_or_default();
    say(&format!(
        "{verb}: {} entries added, {} changed, {} removed, {} as they were{version}",
        plan.added.len(),
        plan.changed.len(),
        plan.removed.len(),
        plan.unchanged
    ));
    Ok(Exit::Done)
}

fn print_plan(imported: &Imported) -> String {
    let plan = &imported.plan;
    let after = SourceRows::clone(&imported.base.rows).with(&plan.changes);
    let line = |sign: char, id: &EntryId| {
        let sources = after.sources(&id.board_id);
        let note = match applied(sources, id.channel) {
            Some(Applied::Shadowed) => {
                ": the vendor's word counts; set override to true to change that"
            }
            Some(Applied::Overrides) => ": overrides the vendor's word",
            Some(Applied::Fills) | None => "",
        };
        format!("{sign} {} {}{note}\n", id.board_id, id.channel)
    };
    let added = plan.added.iter().map(|id| line('+', id));
    let changed = plan.changed.iter().map(|id| line('~', id));
    let removed = plan.removed.iter().map(|id| line('-', id));
    added.chain(changed).chain(removed).collect()
}
