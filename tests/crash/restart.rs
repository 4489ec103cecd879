//! How soon a service serves again.

use std::time::Duration;

use tokio::process::Command;

use crate::numbered::{Programme, Scene};

/// How soon after a start a quote must be answered.
pub(crate) const LIMIT: Duration = Duration::from_secs(2);
/// How often a start that took longer is tried again.
const MORE_TRIES: u32 = 3;

/// A start about to be made, with a copy of the files that it finds.
///
/// A busy machine is slow now and then, a slow recovery always: what took too long is tried again on the same files.
pub(crate) struct Restart {
    files: Scene,
}

impl Restart {
    /// Copies the database of `scene` as it was left, before anybody opens it.
    pub(crate) fn on(scene: &Scene) -> Restart {
        Restart {
            files: scene.twin(),
        }
    }

    /// Waits for the first quote of the service that was started, which must come in time.
    pub(crate) async fn first_quote(&self, service: &Programme) -> Duration {
        let took = service.first_quote().await;
        if took < LIMIT || self.is_quick().await {
            return took;
        }
        panic!(
            "no quote for {took:?}, nor sooner in {MORE_TRIES} more tries: {}",
            service.log()
        );
    }

    async fn is_quick(&self) -> bool {
        for _ in 0..MORE_TRIES {
            let again = self.files.twin();
            let service = Programme::start(serve_only(&again));
            let took = service.first_quote().await;
            service.kill().await;
            if took < LIMIT {
                return true;
            }
        }
        false
    }
}

/// The service, without any sync.
pub(crate) fn serve_only(scene: &Scene) -> Command {
    let mut command = scene.command(&["serve"]);
    command
        .env("PTF_SYNC__ON_START", "false")
        .env("PTF_SYNC__SCHEDULE", "0 0 0 1 1 *");
    command
}
