//! When runs are due: a heartbeat asks the cron expression, the time zone, the last recorded run and the clock.
//!
//! tokio-cron-scheduler keeps the UTC offset a job had when it was created, so a job in local time runs at the wrong
//! hour after daylight saving changes (its issue 107). It is therefore only the ticker, in UTC; what is due is
//! decided here, from what is on record. That also gives one catch-up after a pause, and none twice.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::error;

use super::Syncer;
use super::jitter::Jitter;
use super::keeper::Keeper;
use super::local_slots::{self, WallSlots};
use super::outlook::Outlook;
use super::watchdog::Watchdog;
use crate::store::Retention;

/// Every two seconds, in UTC: how soon a due run starts, and what another process published is shown.
const HEARTBEAT: &str = "*/2 * * * * *";
/// How soon the scheduler begins anew after a panic.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(10);

/// The slots at which runs are due.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
    is_hourly: bool,
    jitter: Jitter,
}

/// A cron expression that is none, or never comes round.
#[derive(Debug, thiserror::Error)]
#[error(
    "sync.schedule: \"{expression}\" {problem}; write seconds, minutes, hours, day of month, month and day of week, as in 0 15 */6 * * *"
)]
pub struct InvalidSchedule {
    expression: String,
    problem: String,
}

impl Schedule {
    /// Reads a cron expression of six fields, seconds first, whose hours are those of `zone`.
    ///
    /// # Errors
    /// When it does not parse, or has no slot after `now`.
    pub fn parse(
        expression: &str,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Schedule, InvalidSchedule> {
        let invalid = |problem: String| InvalidSchedule {
            expression: expression.to_owned(),
            problem,
        };
        let parser = CronParser::builder().seconds(Seconds::Required).build();
        let cron = parser
            .parse(expression)
            .map_err(|error| invalid(format!("is not a cron expression ({error})")))?;
        let schedule = Schedule {
            cron,
            zone,
            is_hourly: matches!(expression.split_whitespace().nth(2), Some("*" | "?")),
            jitter: Jitter::NONE,
        };
        match schedule.next_slot(now) {
            Some(_) => Ok(schedule),
            None => Err(invalid("never comes round".to_owned())),
        }
    }

    /// The same, with runs put off after their slots by `jitter`.
    pub fn with_jitter(self, jitter: Jitter) -> Schedule {
        Schedule { jitter, ..self }
    }

    /// The newest slot at or before `now`.
    pub fn latest_slot(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        local_slots::latest_slot(self, self.zone, whole_second(now))
    }

    /// The first slot after `now`.
    pub fn next_slot(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        local_slots::next_slot(self, self.zone, whole_second(now))
    }

    /// Whether a slot has come round since `last_started`, and its run is put off no longer: however many were missed,
    /// one run is due.
    pub fn is_due(&self, last_started: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.slot_begun(now).is_some_and(|slot| slot > last_started)
    }

    /// When the first run after `now` begins, put off as it will be.
    pub fn next_run_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_ahead = |begins_at: &DateTime<Utc>| *begins_at > now;
        let newest = self.latest_slot(now).map(|slot| self.begins_at(slot));
        let next = || self.next_slot(now).map(|slot| self.begins_at(slot));
        newest.filter(is_ahead).or_else(next)
    }

    /// When the run of `slot` begins.
    fn begins_at(&self, slot: DateTime<Utc>) -> DateTime<Utc> {
        let gap = self
            .next_slot(slot)
            .map_or(TimeDelta::MAX, |next| next - slot);
        slot + self.jitter.delay(slot, gap)
    }

    /// The newest slot whose run is put off no longer.
    fn slot_begun(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let newest = self.latest_slot(now)?;
        if self.begins_at(newest) <= now {
            return Some(newest);
        }
        // A run is put off by less than it takes until the next slot.
        self.latest_slot(newest - TimeDelta::seconds(1))
    }
}

/// The second that `now` lies in: the cron library gives a slot the fraction of the moment asked about.
fn whole_second(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now)
}

/// The expression by a clock that nobody changes, which is what the cron library takes UTC for.
impl WallSlots for Schedule {
    fn previous(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let found = self.cron.find_previous_occurrence(&time.and_utc(), true);
        found.ok().map(|slot| slot.naive_utc())
    }

    fn next(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let found = self.cron.find_next_occurrence(&time.and_utc(), true);
        found.ok().map(|slot| slot.naive_utc())
    }

    fn is_hourly(&self) -> bool {
        self.is_hourly
    }
}

/// What [`keep_schedule`] keeps.
#[derive(Clone)]
pub struct ScheduleSettings {
    /// When runs are due.
    pub schedule: Schedule,
    /// Whether the first run begins at once, or as soon as nobody else syncs, unless that one's run will do.
    pub on_start: bool,
    /// Which past catalogs are kept; `None` keeps everything.
    pub retention: Option<Retention>,
    /// Who is told of every beat.
    pub watchdog: Arc<Watchdog>,
    /// Where it is noted how the newest run ended.
    pub outlook: Arc<Outlook>,
}

/// Runs syncs when they are due, shows what other processes publish, publishes terms of fees when their day comes, and
/// drops versions once a day, until `shutdown`.
///
/// A run under way at shutdown is abandoned: it publishes wholly or not at all. A panic on the way is logged, and all of
/// it begins anew: a service that syncs no more would grow stale.
///
/// # Errors
/// When the ticker cannot be started.
pub async fn keep_schedule(
    syncer: Arc<Syncer>,
    mut settings: ScheduleSettings,
    shutdown: CancellationToken,
) -> Result<(), JobSchedulerError> {
    loop {
        let keeper = Keeper::new(Arc::clone(&syncer), settings.clone(), shutdown.clone());
        let keeping = AbortOnDropHandle::new(tokio::spawn(keep(keeper, shutdown.clone())));
        match keeping.await {
            Ok(ended) => return ended,
            Err(panicked) => error!(%panicked, "the scheduler panicked, and begins anew"),
        }
        settings.on_start = false;
        let pause = tokio::time::sleep(PAUSE_AFTER_PANIC);
        if shutdown.run_until_cancelled(pause).await.is_none() {
            return Ok(());
        }
    }
}

async fn keep(mut keeper: Keeper, shutdown: CancellationToken) -> Result<(), JobSchedulerError> {
    let (beat, mut beats) = mpsc::channel::<()>(1);
    let mut ticker = start_ticker(beat).await?;
    keeper.beat_runs().await;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(()) = beats.recv() => keeper.beat().await,
        }
    }
    keeper.finish().await;
    ticker.shutdown().await
}

async fn start_ticker(beat: mpsc::Sender<()>) -> Result<JobScheduler, JobSchedulerError> {
    let ticker = JobScheduler::new().await?;
    let job = Job::new(HEARTBEAT, move |_, _| {
        // A beat that finds the last one still waiting is one too many.
        let _ = beat.try_send(());
    })?;
    ticker.add(job).await?;
    ticker.start().await?;
    Ok(ticker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn schedule(expression: &str, zone: &str) -> Schedule {
        Schedule::parse(
            expression,
            zone.parse().unwrap(),
            at("2026-01-01T00:00:00Z"),
        )
        .unwrap()
    }

    #[test]
    fn a_run_is_due_once_a_slot() {
        let six_hourly = schedule("0 15 */6 * * *", "UTC");
        assert!(six_hourly.is_due(at("2026-03-01T06:14:59Z"), at("2026-03-01T06:15:00Z")));
        assert!(!six_hourly.is_due(at("2026-03-01T06:15:00Z"), at("2026-03-01T12:14:59Z")));
        assert!(six_hourly.is_due(at("2026-03-01T06:15:02Z"), at("2026-03-01T12:15:01Z")));
        assert_eq!(
            six_hourly.next_slot(at("2026-03-01T06:15:00Z")),
            Some(at("2026-03-01T12:15:00Z"))
        );
    }

    /// Once the cron library gave a slot the fraction of a second of the moment that was asked about, and a run that
    /// began early in the slot's second was due again with the next heartbeat.
    #[test]
    fn a_slot_is_at_a_whole_second_whatever_moment_is_asked_about() {
        let six_hourly = schedule("0 15 */6 * * *", "UTC");
        let (slot, next) = (at("2026-03-01T18:15:00Z"), at("2026-03-02T00:15:00Z"));
        assert_eq!(
            six_hourly.latest_slot(at("2026-03-01T18:15:02.470Z")),
            Some(slot)
        );
        assert_eq!(
            six_hourly.latest_slot(at("2026-03-01T18:15:00.470Z")),
            Some(slot)
        );
        assert_eq!(
            six_hourly.next_slot(at("2026-03-01T18:15:00.470Z")),
            Some(next)
        );
        let begun = at("2026-03-01T18:15:00.380Z");
        assert!(!six_hourly.is_due(begun, at("2026-03-01T18:15:02.470Z")));
    }

    #[test]
    fn the_next_run_is_told_as_it_is_put_off() {
        let now = at("2026-03-01T12:00:00Z");
        let six_hourly = schedule("0 15 */6 * * *", "UTC");
        assert_eq!(
            six_hourly.next_run_at(now),
            Some(at("2026-03-01T12:15:00Z"))
        );
        let jitter = Jitter::new(TimeDelta::minutes(30), 7);
        let put_off = six_hourly.with_jitter(jitter);
        let told = put_off.next_run_at(now).unwrap();
        assert!(told > at("2026-03-01T12:15:00Z"), "{told}");
        // Between the slot and the run's beginning, it is still the same run that comes next.
        let waiting = at("2026-03-01T12:15:00Z");
        assert_eq!(put_off.next_run_at(waiting), Some(told));
        let second = TimeDelta::seconds(1);
        assert!(!put_off.is_due(now, told - second) && put_off.is_due(now, told));
        assert!(put_off.next_run_at(told).unwrap() >= at("2026-03-01T18:15:00Z"));
    }

    #[test]
    fn missed_slots_are_caught_up_by_one_run() {
        let hourly = schedule("0 0 * * * *", "UTC");
        let woken = at("2026-03-01T20:30:00Z");
        assert!(hourly.is_due(at("2026-03-01T12:00:01Z"), woken));
        assert!(!hourly.is_due(woken, at("2026-03-01T20:59:59Z")));
    }

    #[test]
    fn local_hours_follow_daylight_saving() {
        let nightly = schedule("0 30 2 * * *", "America/Denver");
        // Summer time ends on 2026-11-01: 02:30 is 08:30 UTC before, 09:30 UTC after.
        assert_eq!(
            nightly.next_slot(at("2026-10-31T00:00:00Z")),
            Some(at("2026-10-31T08:30:00Z"))
        );
        assert_eq!(
            nightly.next_slot(at("2026-11-02T00:00:00Z")),
            Some(at("2026-11-02T09:30:00Z"))
        );
        assert_eq!(
            nightly.latest_slot(at("2026-11-02T09:29:00Z")),
            Some(at("2026-11-01T09:30:00Z"))
        );
    }

    #[test]
    fn a_clock_set_back_starts_no_run() {
        let hourly = schedule("0 0 * * * *", "UTC");
        assert!(!hourly.is_due(at("2026-03-01T12:00:01Z"), at("2026-03-01T11:30:00Z")));
    }

    #[test]
    fn expressions_that_are_none_or_never_come_round_are_refused() {
        let refused = |expression: &str| {
            let parsed = Schedule::parse(expression, Tz::UTC, at("2026-01-01T00:00:00Z"));
            parsed.unwrap_err().to_string()
        };
        assert!(refused("15 */6 * * *").contains("\"15 */6 * * *\" is not a cron expression"));
        assert!(refused("0 0 0 31 2 *").contains("never comes round"));
        assert!(refused("").contains("0 15 */6 * * *"));
    }
}
