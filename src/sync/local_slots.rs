//! Slots of a zone whose clocks change: from times on the wall to moments.
//!
//! Where an hour comes twice, a slot in it is that of the first time; where one is left out, a slot in it is the moment
//! at which the clocks go on, and a whole day that is left out has none. A schedule of every hour is meant otherwise: it
//! has a slot in each of the two hours, and none in the one left out. The cron library does all of that only for most
//! zones and times: slots vanished in the hour that came twice, and came twice where the clocks change at midnight.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// How near a change of the clocks is looked for: zones change theirs weeks apart.
const NEAR: TimeDelta = TimeDelta::hours(48);
/// From so much on, what is left out is no hour, but a day.
const WHOLE_DAY: TimeDelta = TimeDelta::hours(20);

/// Times on the wall at which runs are due, where all clocks tick on for ever.
pub(super) trait WallSlots {
    /// The newest at or before `time`.
    fn previous(&self, time: NaiveDateTime) -> Option<NaiveDateTime>;
    /// The first at or after `time`.
    fn next(&self, time: NaiveDateTime) -> Option<NaiveDateTime>;
    /// Whether it is every hour that counts, and not which.
    fn is_hourly(&self) -> bool;
}

/// The newest slot at or before `now`, which is a whole second.
pub(super) fn latest_slot(
    slots: &impl WallSlots,
    zone: Tz,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let Some(change) = Change::between(zone, now - NEAR, now) else {
        let here = offset(zone, now);
        let time = slots.previous(now.naive_utc() + here)?;
        return resolve(slots, zone, time, here);
    };
    let after = slots.previous(now.naive_utc() + change.new)?;
    if after >= change.first_new(slots) {
        return Some((after - change.new).and_utc());
    }
    if let Some(moment) = change.left_out(slots) {
        return Some(moment);
    }
    let before = slots.previous(change.old_end() - TimeDelta::seconds(1))?;
    resolve(slots, zone, before, change.old)
}

/// The first slot after `now`, which is a whole second.
pub(super) fn next_slot(
    slots: &impl WallSlots,
    zone: Tz,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let here = offset(zone, now);
    let start = now.naive_utc() + TimeDelta::seconds(1) + here;
    let first = match Change::between(zone, now - NEAR, now) {
        Some(last) => start.max(last.first_new(slots)),
        None => start,
    };
    let time = slots.next(first)?;
    let Some(change) = Change::between(zone, now, now + NEAR) else {
        return resolve(slots, zone, time, here);
    };
    if time < change.old_end() {
        return Some((time - here).and_utc());
    }
    if let Some(moment) = change.left_out(slots) {
        return Some(moment);
    }
    let after = slots.next(change.first_new(slots))?;
    resolve(slots, zone, after, change.new)
}

/// The moment of a slot far from any change of the clocks that was looked for, or at `offset` where it is near.
fn resolve(
    slots: &impl WallSlots,
    zone: Tz,
    time: NaiveDateTime,
    offset_near: TimeDelta,
) -> Option<DateTime<Utc>> {
    let near = (time - offset_near).and_utc();
    if offset(zone, near) == offset_near {
        return Some(near);
    }
    let local = zone.from_local_datetime(&time);
    let moment = local.earliest().map(|moment| moment.with_timezone(&Utc));
    // Far away and left out by the clocks: whoever waits for it sees it as soon as it is near.
    moment.or_else(|| {
        let earlier = slots.previous(time - TimeDelta::seconds(1))?;
        zone.from_local_datetime(&earlier)
            .earliest()
            .map(|moment| moment.with_timezone(&Utc))
    })
}

/// The clocks of a zone change.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// The first moment by the new time.
    at: DateTime<Utc>,
    /// What the wall says before, beyond UTC.
    old: TimeDelta,
    /// What it says from then on.
    new: TimeDelta,
}

impl Change {
    /// The change after `from` and at or before `to`; `None` where there is none.
    fn between(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Change> {
        let (old, new) = (offset(zone, from), offset(zone, to));
        if old == new {
            return None;
        }
        let (mut before, mut after) = (from, to);
        while after - before > TimeDelta::seconds(1) {
            let seconds = (after - before).num_seconds() / 2;
            let middle = before + TimeDelta::seconds(seconds);
            match offset(zone, middle) == old {
                true => before = middle,
                false => after = middle,
            }
        }
        Some(Change {
            at: after,
            old,
            new,
        })
    }

    /// What the wall would say by the old time when the new one begins.
    fn old_end(self) -> NaiveDateTime {
        self.at.naive_utc() + self.old
    }

    /// The first time on the wall after the change that is no repetition of a slot.
    fn first_new(self, slots: &impl WallSlots) -> NaiveDateTime {
        let new_begin = self.at.naive_utc() + self.new;
        match slots.is_hourly() {
            true => new_begin,
            false => new_begin.max(self.old_end()),
        }
    }

    /// The moment of the change, where that is the slot of a time that is left out.
    fn left_out(self, slots: &impl WallSlots) -> Option<DateTime<Utc>> {
        let length = self.new - self.old;
        let counts = length > TimeDelta::zero() && length < WHOLE_DAY && !slots.is_hourly();
        let first = counts.then(|| slots.next(self.old_end())).flatten()?;
        (first < self.at.naive_utc() + self.new).then_some(self.at)
    }
}

/// What the wall says at `moment`, beyond UTC.
fn offset(zone: Tz, moment: DateTime<Utc>) -> TimeDelta {
    let fixed = zone.offset_from_utc_datetime(&moment.naive_utc()).fix();
    TimeDelta::seconds(i64::from(fixed.local_minus_utc()))
}
