//! What every case begins with, made once: a database with a good catalog, and what a service takes that only serves it.

use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::harness::{World, sandbox_vendor};
use crate::memory::peak_kib;

/// How many boards the vendor has: three pages of fifty, the last one short.
pub(crate) const BOARDS: u32 = 120;
/// Never, as far as a test is concerned: the runs are those that the test starts.
pub(crate) const NEW_YEAR: &str = "0 0 0 1 1 *";

/// What every case begins with.
pub(crate) struct Seed {
    /// The database file.
    database: Vec<u8>,
    /// The most KiB of memory that a service takes which serves it and syncs nothing.
    pub(crate) idle_kib: u64,
}

impl Seed {
    /// The seed, which the first to ask for it makes.
    pub(crate) async fn get() -> &'static Seed {
        static SEED: OnceCell<Seed> = OnceCell::const_new();
        SEED.get_or_init(make).await
    }

    /// Gives `world` the database.
    pub(crate) fn plant(&self, world: &World) {
        std::fs::write(world.path("test.db"), &self.database).unwrap();
    }
}

async fn make() -> Seed {
    let (_vendor, base_url) = sandbox_vendor(BOARDS).await;
    let made = spawn_blocking(move || {
        let world = World::with_vendor(&base_url);
        world.run_ok(&["sync"]);
        let database = std::fs::read(world.path("test.db")).unwrap();
        let mut command = world.command(&["serve"]);
        command.env("PTF_SYNC__ON_START", "false");
        command.env("PTF_SYNC__SCHEDULE", NEW_YEAR);
        (database, crate::harness::Service::start(command), world)
    });
    let (database, service, _world) = made.await.unwrap();
    for _ in 0..20 {
        service.get_ok("/v1/catalog").await;
        service.get_ok("/v1/boards?limit=500").await;
    }
    let idle_kib = peak_kib(service.pid());
    // When the vendor was checked is told in whole seconds: whatever checks it from here on does so in a later one.
    sleep(Duration::from_secs(1)).await;
    Seed { database, idle_kib }
}
