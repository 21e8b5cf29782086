//! Work on other threads; on this one where the system allows no other.

use std::collections::BTreeMap;
use std::iter;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// Works on `items` in their order, on as many threads as there are processors, and passes each result to `take` when
/// it is ready, with the item's position. At most `waiting` results wait to be taken.
///
/// Each thread has a worker of its own. When `take` returns early, no further item is begun.
pub fn map_in_parallel<'a, Item: Sync, Out: Send, Worker: FnMut(&'a Item) -> Out, Answer>(
    items: &'a [Item],
    waiting: usize,
    new_worker: impl Fn() -> Worker + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = (usize, Out)>) -> Answer,
) -> Answer {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(waiting);
        let started = (0..threads).map_while(|_| {
            let (sender, next, new_worker) = (sender.clone(), &next, &new_worker);
            let work_on_items = move || {
                let mut work = new_worker();
                let mut numbered = iter::from_fn(|| {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    Some((number, items.get(number)?))
                });
                // Sending fails once nobody takes the results any more.
                numbered.try_for_each(|(number, item)| sender.send((number, work(item))))
            };
            thread::Builder::new().spawn_scoped(scope, work_on_items).ok()
        });
        let started = started.count();
        drop(sender);
        if started > 0 {
            take(&mut receiver.into_iter())
        } else {
            take(&mut items.iter().map(new_worker()).enumerate())
        }
    })
}

/// Calls `feed` with a function that hands out items, and works on these on other threads; at most `waiting` of them
/// wait. Returns what `feed` returns, and the results in the order of the items. Where the system allows no other
/// thread, this one works on each item when it is handed out.
///
/// Each thread has a worker of its own.
pub fn feed_in_parallel<Item: Send, Out: Send, Worker: FnMut(Item) -> Out, Answer>(
    waiting: usize,
    new_worker: impl Fn() -> Worker + Sync,
    feed: impl FnOnce(&mut dyn FnMut(Item)) -> Answer,
) -> (Answer, Vec<Out>) {
    let (sender, items) = mpsc::sync_channel::<(usize, Item)>(waiting);
    let (items, new_worker) = (Arc::new(Mutex::new(items)), &new_worker);
    let processors = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads = (0..processors).map_while(|_| {
            let items = Arc::clone(&items);
            let work_on_items = move || {
                let mut work = new_worker();
                let items = iter::from_fn(|| items.lock().ok()?.recv().ok());
                items.map(|(number, item)| (number, work(item))).collect::<Vec<_>>()
            };
            thread::Builder::new().spawn_scoped(scope, work_on_items).ok()
        });
        let threads: Vec<_> = threads.collect();
        // If all threads panic, nobody holds the receiver, so that sending fails instead of waiting for ever.
        drop(items);
        let mut worker = if threads.is_empty() { Some(new_worker()) } else { None };
        let (mut done, mut handed_out) = (Vec::new(), 0);
        let answer = feed(&mut |item| {
            match &mut worker {
                Some(work) => done.push((handed_out, work(item))),
                // Sending fails only if all threads have panicked; joining them passes the panic on.
                None => drop(sender.send((handed_out, item))),
            }
            handed_out += 1;
        });
        // Tells the threads that no more items will come.
        drop(sender);
        for thread in threads {
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done.sort_unstable_by_key(|&(number, _)| number);
        (answer, done.into_iter().map(|(_, out)| out).collect())
    })
}

/// The items of an iterator that runs on another thread, at most `waiting` items ahead; where the system allows no
/// other thread, each item is made when it is asked for.
pub fn ahead<'s, I: Iterator<Item: Send> + 's>(
    scope: &'s thread::Scope<'s, '_>,
    waiting: usize,
    make: impl Fn() -> I + Copy + Send + 's,
) -> Box<dyn Iterator<Item = I::Item> + 's> {
    let (sender, made) = mpsc::sync_channel(waiting);
    let thread = thread::Builder::new().spawn_scoped(scope, move || {
        // Sending fails once nobody takes the items any more.
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
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => (beside(), here),
        }
    })
}

/// Values in the order of their numbers (0, 1, 2 and so on), whatever order they come in.
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
        let doubled =
            map_in_parallel(&items, 2, || |item: &u32| item * 2, |out| in_order(out).collect::<Vec<_>>());
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
    fn what_comes_of_items_that_are_handed_out_has_their_order() {
        let double = || |item: u32| item * 2;
        let (answer, doubled) = feed_in_parallel(2, double, |hand_out| (0..500).for_each(hand_out));
        assert_eq!((answer, doubled), ((), (0..500).map(|item| item * 2).collect::<Vec<_>>()));
    }

    #[test]
    fn whoever_takes_may_end_early() {
        let items: Vec<u32> = (0..500).collect();
        assert!(map_in_parallel(&items, 2, || |item: &u32| *item, |out| out.next()).is_some());
    }
}
