//! Instances of environments: found by id, locked one by one, forgotten when nobody uses them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who began an instance; requests that came through no socket are nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// How many instances live, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceLimits {
    /// Of one environment in all.
    pub total: usize,
    /// Of one environment for one client's address.
    pub per_client: usize,
    /// Unused for this long, an instance is forgotten.
    pub idle: Duration,
}

impl Default for InstanceLimits {
    fn default() -> Self {
        Self { total: 20_000, per_client: 12_000, idle: Duration::from_secs(3600) }
    }
}

/// The instances of one environment, numbered from 0 on as the original servers do.
#[derive(Debug)]
pub(crate) struct Store<S> {
    limits: InstanceLimits,
    inner: Mutex<Inner<S>>,
}

#[derive(Debug)]
struct Inner<S> {
    next: u64,
    live: BTreeMap<u128, Entry<S>>,
    evicted: u64,
    swept: u64, // seconds: when idle ones were last looked for
    uses: u64,
}

#[derive(Debug)]
struct Entry<S> {
    state: Arc<Mutex<S>>,
    client: Option<IpAddr>,
    used: u64,    // how-many-eth use of the store: the least is the least recent
    touched: u64, // seconds
}

/// Why there is no such instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// There never was.
    Unknown,
    /// It was closed, or forgotten.
    Gone,
}

/// What the gauges say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StoreGauges {
    pub(crate) live: u64,
    pub(crate) created: u64,
    pub(crate) evicted: u64,
}

impl<S> Store<S> {
    pub(crate) fn new(limits: InstanceLimits) -> Self {
        let inner = Inner { next: 0, live: BTreeMap::new(), evicted: 0, swept: 0, uses: 0 };
        Self { limits, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        // Nothing between lock and unlock leaves the map half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a new instance, whose state may depend on its number, and says the number: 0, 1, 2 and so on.
    pub(crate) fn create(&self, client: Option<Peer>, now: u64, state: impl FnOnce(u64) -> S) -> u64 {
        self.insert(client, now, u128::from, state)
    }

    /// Keeps a new instance under an id that nobody guesses.
    pub(crate) fn create_as(&self, id: u128, client: Option<Peer>, now: u64, state: S) {
        self.insert(client, now, |_| id, |_| state);
    }

    /// Idle ones go first, then, where the limits are reached, the one that was used least recently.
    fn insert(
        &self,
        client: Option<Peer>,
        now: u64,
        key: impl FnOnce(u64) -> u128,
        state: impl FnOnce(u64) -> S,
    ) -> u64 {
        let client = client.map(|Peer(address)| address);
        let mut inner = self.inner();
        inner.forget_idle(self.limits.idle, now);
        let own = |inner: &Inner<S>| inner.live.values().filter(|entry| entry.client == client).count();
        // Counted only where so many live at all: with ten thousand, counting takes longer than a step.
        let most = self.limits.per_client.max(1);
        if inner.live.len() >= most && own(&inner) >= most {
            inner.evict(|entry| entry.client == client);
        }
        if inner.live.len() >= self.limits.total.max(1) {
            inner.evict(|_| true);
        }
        let id = inner.next;
        (inner.next, inner.uses) = (id + 1, inner.uses + 1);
        let entry = Entry { state: Arc::new(Mutex::new(state(id))), client, used: inner.uses, touched: now };
        inner.live.insert(key(id), entry);
        id
    }

    /// Does something with an instance, alone: a second request for it waits.
    pub(crate) fn with<T>(&self, id: u128, now: u64, act: impl FnOnce(&mut S) -> T) -> Result<T, Absent> {
        let state = {
            let mut inner = self.inner();
            inner.forget_idle(self.limits.idle, now);
            inner.uses += 1;
            let (next, uses) = (inner.next, inner.uses);
            let absent = if id < u128::from(next) { Absent::Gone } else { Absent::Unknown };
            let entry = inner.live.get_mut(&id).ok_or(absent)?;
            (entry.used, entry.touched) = (uses, now);
            Arc::clone(&entry.state)
        };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(act(&mut state))
    }

    /// Forgets an instance; whether there was one.
    pub(crate) fn close(&self, id: u128) -> bool {
        self.inner().live.remove(&id).is_some()
    }

    /// The live ones.
    pub(crate) fn ids(&self) -> Vec<u128> {
        self.inner().live.keys().copied().collect()
    }

    pub(crate) fn gauges(&self) -> StoreGauges {
        let inner = self.inner();
        StoreGauges { live: inner.live.len() as u64, created: inner.next, evicted: inner.evicted }
    }
}

impl<S> Inner<S> {
    /// At most once a second: looking at ten thousand instances takes longer than a step.
    fn forget_idle(&mut self, idle: Duration, now: u64) {
        if now == self.swept {
            return;
        }
        self.swept = now;
        let before = self.live.len();
        self.live.retain(|_, entry| now.saturating_sub(entry.touched) < idle.as_secs().max(1));
        self.evicted += (before - self.live.len()) as u64;
    }

    fn evict(&mut self, among: impl Fn(&Entry<S>) -> bool) {
        let oldest = self.live.iter().filter(|(_, entry)| among(entry)).min_by_key(|(_, entry)| entry.used);
        if let Some(id) = oldest.map(|(id, _)| *id) {
            self.live.remove(&id);
            self.evicted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn store(total: usize, per_client: usize) -> Store<u64> {
        Store::new(InstanceLimits { total, per_client, idle: Duration::from_secs(10) })
    }

    fn client(last: u8) -> Option<Peer> {
        Some(Peer(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))))
    }

    #[test]
    fn the_least_recently_used_goes_when_there_is_no_room() {
        let store = store(2, 9);
        assert_eq!([0, 1].map(|_| store.create(None, 5, |id| id * 10)), [0, 1]);
        assert_eq!(store.with(0, 5, |state| *state), Ok(0));
        assert_eq!(store.create(None, 5, |id| id * 10), 2);
        assert_eq!(store.with(1, 5, |state| *state), Err(Absent::Gone));
        assert_eq!(store.with(2, 5, |state| *state), Ok(20));
        assert_eq!(store.with(3, 5, |state| *state), Err(Absent::Unknown));
        assert_eq!(store.gauges(), StoreGauges { live: 2, created: 3, evicted: 1 });
    }

    #[test]
    fn a_client_has_its_own_limit_and_takes_nobody_elses_room() {
        let store = store(9, 2);
        store.create(client(1), 5, |id| id);
        for _ in 0..4 {
            store.create(client(2), 5, |id| id);
        }
        assert_eq!(store.ids(), [0, 3, 4]);
    }

    #[test]
    fn idle_ones_are_forgotten_and_closing_twice_is_no_error() {
        let store = store(9, 9);
        for _ in 0..2 {
            store.create(None, 5, |id| id);
        }
        assert_eq!(store.with(0, 12, |state| *state), Ok(0));
        assert_eq!(store.with(1, 15, |state| *state), Err(Absent::Gone));
        assert_eq!((store.close(0), store.close(0)), (true, false));
        assert_eq!(store.gauges(), StoreGauges { live: 0, created: 2, evicted: 1 });
    }

    #[test]
    fn one_instance_is_used_by_one_request_at_a_time() {
        let store = store(9, 9);
        let id = u128::from(store.create(None, 5, |_| 0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        store
                            .with(id, 5, |state| {
                                let seen = *state;
                                std::thread::yield_now();
                                *state = seen + 1;
                            })
                            .expect("it lives");
                    }
                });
            }
        });
        assert_eq!(store.with(id, 5, |state| *state), Ok(800));
    }
}
