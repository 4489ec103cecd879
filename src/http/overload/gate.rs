//! A number of places, and a room in front of them that a crowd may wait in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::http::metrics::Raised;

/// How long one waits for a place at most, and how long a crowd lasts that is no overload yet. Two thousand searches of
/// a usual catalog are answered within it, also on a slow machine; a caller would rather have its answer after two
/// seconds than ask again after one.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How many may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// While a place was free a moment ago: a crowd has come, and the queue will be gone as suddenly.
    pub(super) crowd: usize,
    /// When the places have been taken for [`PATIENCE`] without a break: more comes than goes, and a longer queue would
    /// help nobody. Enough that a place which becomes free is taken at once.
    pub(super) overload: usize,
}

/// Places, of which one is taken by whoever does something, and who waits for one.
///
/// A queue that a crowd leaves behind is good: it is worked off. A queue that stands is not: it makes every answer late
/// and serves no more of them. So its length depends on how long it has stood, as in CoDel (RFC 8289) and, for
/// requests, in Facebook's controlled delay ("Fail at Scale", ACM Queue 13, 8).
#[derive(Debug)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    room: Room,
    waiting: AtomicUsize,
    /// All who wait, here and at other gates.
    waiting_anywhere: Gauge,
    opened_at: Instant,
    /// When a place was last free for who came, in milliseconds after `opened_at`.
    free_at_ms: AtomicU64,
}

/// A place that is taken; free again when it is dropped.
pub(super) type Place = OwnedSemaphorePermit;

impl Gate {
    /// `places`, none of them taken; who waits raises `waiting`.
    pub(super) fn new(places: usize, room: Room, waiting: Gauge) -> Gate {
        Gate {
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            room,
            waiting: AtomicUsize::new(0),
            waiting_anywhere: waiting,
            opened_at: Instant::now(),
            free_at_ms: AtomicU64::new(0),
        }
    }

    /// A place, first come, first served; `None` at once where too many wait for one, and else after [`PATIENCE`].
    pub(super) async fn enter(&self) -> Option<Place> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            self.free_at_ms.store(self.now_ms(), Ordering::Relaxed);
            return Some(place);
        }
        let _seat = self.sit_down()?;
        let _counted = Raised::new(self.waiting_anywhere.clone());
        let place = Arc::clone(&self.places).acquire_owned();
        let place = timeout(PATIENCE, place).await.ok()?;
        Some(place.expect("nobody closes this semaphore"))
    }

    /// How many places are free.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.places.available_permits()
    }

    fn sit_down(&self) -> Option<Seat<'_>> {
        let seats = match self.has_been_full() {
            true => self.room.overload,
            false => self.room.crowd,
        };
        let seat = Seat(&self.waiting);
        // Counted before it is compared, so that two do not take the last one; the drop gives it back.
        (self.waiting.fetch_add(1, Ordering::Relaxed) < seats).then_some(seat)
    }

    /// Whether no place has been free for so long that this is no crowd any more.
    fn has_been_full(&self) -> bool {
        let free_at_ms = self.free_at_ms.load(Ordering::Relaxed);
        u128::from(self.now_ms().saturating_sub(free_at_ms)) >= PATIENCE.as_millis()
    }

    fn now_ms(&self) -> u64 {
        // As many milliseconds as 64 bits hold are half a billion years.
        self.opened_at.elapsed().as_millis() as u64
    }
}

/// One who waits; leaves when dropped, with a place or without.
struct Seat<'a>(&'a AtomicUsize);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::JoinHandle;
    use tokio::time::{advance, sleep};

    fn gate(places: usize) -> Arc<Gate> {
        let room = Room {
            crowd: 3,
            overload: 1,
        };
        Arc::new(Gate::new(places, room, Gauge::default()))
    }

    /// Somebody who wants a place, and has begun to wait.
    async fn come(gate: &Arc<Gate>) -> JoinHandle<Option<Place>> {
        let gate = Arc::clone(gate);
        let coming = tokio::spawn(async move { gate.enter().await });
        tokio::task::yield_now().await;
        coming
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_waits_for_places_in_its_order_and_who_finds_no_room_is_turned_away_at_once() {
        let gate = gate(1);
        let first = gate.enter().await.unwrap();
        let mut waiting = Vec::new();
        for _ in 0..3 {
            waiting.push(come(&gate).await);
        }
        assert!(gate.enter().await.is_none());
        let mut place = first;
        for next in waiting {
            assert!(!next.is_finished());
            drop(place);
            place = next.await.unwrap().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_patience() {
        let gate = gate(1);
        let _kept = gate.enter().await.unwrap();
        let begun_at = Instant::now();
        assert!(gate.enter().await.is_none());
        assert_eq!(begun_at.elapsed(), PATIENCE);
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn in_an_overload_only_so_many_wait_that_no_place_stays_free() {
        let gate = gate(1);
        let kept = gate.enter().await.unwrap();
        advance(PATIENCE).await;
        let next = come(&gate).await;
        let begun_at = Instant::now();
        assert!(gate.enter().await.is_none());
        assert_eq!(begun_at.elapsed(), Duration::ZERO);
        drop(kept);
        let kept = next.await.unwrap().unwrap();
        // Handing places on does not end the overload.
        let _next = come(&gate).await;
        assert!(gate.enter().await.is_none());
        assert_eq!(begun_at.elapsed(), Duration::ZERO);
        drop(kept);
    }

    #[tokio::test(start_paused = true)]
    async fn a_free_place_ends_the_overload() {
        let gate = gate(1);
        let kept = gate.enter().await.unwrap();
        advance(PATIENCE).await;
        drop(kept);
        let _kept = gate.enter().await.unwrap();
        for _ in 0..3 {
            assert!(!come(&gate).await.is_finished());
        }
        sleep(PATIENCE).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_leaves_the_room() {
        let gate = gate(1);
        let _kept = gate.enter().await.unwrap();
        let waiting = come(&gate).await;
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 1);
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }
}
