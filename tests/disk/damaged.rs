//! Damaged files: whatever is wrong with one, what is shown of it was published as it is shown, or nothing is.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ptf_cache::curation::{Curation, ImportOptions};
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::version::VersionHead;
use ptf_cache::history::History;

use crate::damage::KINDS;
use crate::originals::{Damaged, Originals, originals, with_header};
use crate::shown::{Hashes, Opened, head_with_own_hash};

/// With 13 kinds of damage more than 500 files.
const FILES_OF_EACH_KIND: u64 = 39;
/// What is imported into a damaged database.
const IMPORTED_LATER: &str = "1002,,,,,direct,none,false,,,,,,,,,,,,,,,,,,\n";

/// What became of a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// A version that was published is shown, as it was published.
    Shown,
    /// It cannot be opened, or what it holds is not shown.
    Refused,
    /// It holds no catalog any more.
    Empty,
}

/// What a process makes of the file; panics where it shows what was never published.
async fn fate_of(damaged: &Damaged, hashes: &Hashes) -> Fate {
    let name = &damaged.name;
    let opened = match Opened::at(&damaged.path()).await {
        Ok(opened) => opened,
        Err(error) => return refused(name, &error),
    };
    let fate = match opened.show().await {
        Ok(Some(head)) => {
            assert_published(name, &head, hashes);
            Fate::Shown
        }
        Ok(None) => Fate::Empty,
        Err(error) => refused(name, &error),
    };
    read_the_past(name, &opened, hashes).await;
    edit(name, &opened, hashes).await;
    opened.store.close().await;
    fate
}

/// What a person reads must say what to do.
fn refused(name: &str, error: &anyhow::Error) -> Fate {
    let text = format!("{error:#}");
    assert!(text.contains("backup"), "{name}: {text}");
    Fate::Refused
}

fn assert_published(name: &str, head: &VersionHead, hashes: &Hashes) {
    let published = hashes.get(&head.version);
    assert_eq!(published, Some(&head.content_hash), "{name}: {head:?}");
}

/// Past catalogs are right or not there; whatever the change feed says, it says without a panic.
async fn read_the_past(name: &str, opened: &Opened, hashes: &Hashes) {
    let history = History::new(opened.store.clone());
    for version in hashes.keys() {
        if let Ok(Some(catalog)) = history.load_catalog(*version).await {
            assert_published(name, &head_with_own_hash(&catalog), hashes);
        }
    }
    let _anything_but_a_panic = history.load_changes(0, None, 100).await;
    let _anything_but_a_panic = opened.store.check_integrity().await;
    let _anything_but_a_panic = opened.store.list_runs(10, None).await;
}

/// An edit of a damaged database is refused, or published on top of sound content and shown as published.
async fn edit(name: &str, opened: &Opened, hashes: &Hashes) {
    let curation = Curation::new(opened.publisher.clone(), opened.clock.clone());
    let csv = with_header(IMPORTED_LATER);
    let dana = Actor::at_terminal("dana");
    let imported = curation.import(csv.as_bytes(), ImportOptions::default(), &|_| true, &dana);
    let mut hashes = hashes.clone();
    if let Ok(imported) = imported.await
        && let Some(head) = imported.head
    {
        hashes.insert(head.version, head.content_hash);
    }
    if let Ok(Some(head)) = opened.show().await {
        assert_published(name, &head, &hashes);
    }
}

/// Panics outside of the tests themselves since [`count_panics`].
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts the panics of every thread, the database library's included.
fn count_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let in_a_test = |file: &str| Path::new(file).starts_with("tests");
        if !panic.location().is_some_and(|at| in_a_test(at.file())) {
            PANICS.fetch_add(1, Ordering::SeqCst);
        }
        report(panic);
    }));
}

/// What became of the files of one kind: how many of each fate.
async fn fates_of_kind(originals: Arc<Originals>, position: usize) -> BTreeMap<Fate, u64> {
    let mut fates = BTreeMap::new();
    for round in 0..FILES_OF_EACH_KIND {
        let damaged = originals.damaged(position, round);
        let fate = fate_of(&damaged, &originals.hashes).await;
        *fates.entry(fate).or_default() += 1;
    }
    fates
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_damaged_nothing_is_shown_that_was_not_published() {
    count_panics();
    let originals = Arc::new(originals().await);
    let kinds = 0..KINDS.len();
    let judging = kinds.map(|kind| tokio::spawn(fates_of_kind(originals.clone(), kind)));
    let judging: Vec<_> = judging.collect();
    let mut sums: BTreeMap<Fate, u64> = BTreeMap::new();
    for (damage, fates) in KINDS.iter().zip(judging) {
        let fates = fates.await.unwrap();
        println!("{}: {fates:?}", damage.kind);
        for (fate, count) in fates {
            *sums.entry(fate).or_default() += count;
        }
    }
    println!("{sums:?}, {} panics", PANICS.load(Ordering::SeqCst));
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    assert!(sums.values().sum::<u64>() >= 500);
    // Where none could be opened, or none was ever refused, the checks above would have had nothing to find.
    assert!(sums[&Fate::Shown] > 100 && sums[&Fate::Refused] > 100);
    assert_eq!(
        sums.get(&Fate::Empty),
        None,
        "a damaged file passes for a new one"
    );
}
