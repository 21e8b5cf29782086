//! Work on as many threads as there are processors.

use std::collections::BTreeMap;
use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Works on items, the first ones first, and lets `take` have what comes of each, with the item's number, as it comes. So
/// many results may wait to be taken.
///
/// Each thread has a worker of its own. Where `take` ends early, no further item is worked on.
pub fn work_on<'a, Item: Sync, Out: Send, Worker: FnMut(&'a Item) -> Out, Answer>(
    items: &'a [Item],
    waiting: usize,
    new_worker: impl Fn() -> Worker + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = (usize, Out)>) -> Answer,
) -> Answer {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(waiting);
        let mut has_threads = false;
        for _ in 0..threads {
            let (sender, next, new_worker) = (sender.clone(), &next, &new_worker);
            let started = thread::Builder::new().spawn_scoped(scope, move || {
                let mut work = new_worker();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { break };
                    if sender.send((number, work(item))).is_err() {
                        break;
                    }
                }
            });
            has_threads |= started.is_ok();
        }
        drop(sender);
        if has_threads {
            take(&mut receiver.into_iter())
        } else {
            // Where the system allows no other thread, this one does it all.
            take(&mut items.iter().map(new_worker()).enumerate())
        }
    })
}

/// What another thread makes ahead, so much of it at most; where the system allows none, it is made when it is asked for.
pub fn ahead<'s, I: Iterator<Item: Send> + 's>(
    scope: &'s thread::Scope<'s, '_>,
    waiting: usize,
    make: impl Fn() -> I + Copy + Send + 's,
) -> Box<dyn Iterator<Item = I::Item> + 's> {
    let (sender, made) = mpsc::sync_channel(waiting);
    let thread = thread::Builder::new().spawn_scoped(scope, move || {
        // It is refused where nobody wants any more.
        make().try_for_each(|item| sender.send(item))
    });
    if thread.is_ok() { Box::new(made.into_iter()) } else { Box::new(make()) }
}

/// Does two things at the same time, the first on another thread; where the system allows none, one after the other.
pub fn both<A: Send, B>(beside: impl Fn() -> A + Sync, here: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, &beside);
        let here = here();
        match thread.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => (done, here),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => (beside(), here),
        }
    })
}

/// What comes in any order, in the order of the numbers: 0, 1, 2 and so on.
pub fn in_order<T>(mut numbered: impl Iterator<Item = (usize, T)>) -> impl Iterator<Item = T> {
    let (mut early, mut wanted) = (BTreeMap::new(), 0..);
    iter::from_fn(move || {
        let wanted = wanted.next()?;
        while !early.contains_key(&wanted) {
            let (number, value) = numbered.next()?;
            early.insert(number, value);
        }
        early.remove(&wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_what_comes_of_it_can_be_had_in_order() {
        let items: Vec<u32> = (0..500).collect();
        let doubled = work_on(&items, 2, || |item: &u32| item * 2, |out| in_order(out).collect::<Vec<_>>());
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_made_ahead_comes_in_order_and_nobody_need_take_it_all() {
        let numbers =
            |count| thread::scope(|scope| ahead(scope, 2, || 0..500).take(count).collect::<Vec<u32>>());
        assert_eq!(numbers(500), (0..500).collect::<Vec<_>>());
        assert_eq!(numbers(3), [0, 1, 2]);
    }

    #[test]
    fn whoever_takes_may_end_early() {
        let items: Vec<u32> = (0..500).collect();
        assert!(work_on(&items, 2, || |item: &u32| *item, |out| out.next()).is_some());
    }
}
