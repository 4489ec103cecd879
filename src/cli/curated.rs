//! `curated check | import | export`: the curated list as CSV.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::output::{print, say, visible};
use super::parts::{Database, Parts, terminal_user};
use super::{Exit, Given};
use crate::curation::csv::write_entries;
use crate::curation::{ImportError, ImportOptions, Imported, Names};
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

impl File {
    fn names(&self) -> Names {
        Names {
            accept: self.accept_names,
            ..Names::default()
        }
    }
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
        let curation = parts.curation();
        // At the terminal it is whatever list there is that is edited.
        let any = |_: &str| true;
        match self {
            Curated::Check(file) => {
                let options = ImportOptions {
                    replace: false,
                    names: file.names(),
                };
                finish(
                    curation.check(&read(&file.file)?, options, &any).await,
                    &file.file,
                    "would change",
                )
            }
            Curated::Import(import) => {
                let path = &import.file.file;
                let options = ImportOptions {
                    replace: import.replace,
                    names: import.file.names(),
                };
                let bytes = read(path)?;
                if import.dry_run {
                    return finish(
                        curation.check(&bytes, options, &any).await,
                        path,
                        "would change",
                    );
                }
                let actor = terminal_user();
                let imported = curation.import(&bytes, options, &any, &actor);
                finish(imported.await, path, "changed")
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
