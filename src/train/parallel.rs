//! Work that is done side by side on the cores of a CPU.

/// The results of `count` tasks in order; on a CPU as many at once as it has cores, because the many small operations of one pass leave cores idle.
pub fn side_by_side<T: Send>(count: u64, on_cpu: bool, task: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let width = if on_cpu { cores } else { 1 };
    let mut results = Vec::new();
    for first in (0..count).step_by(width as usize) {
        let group = first..(first + width).min(count);
        if group.end - group.start == 1 {
            results.push(task(first));
            continue;
        }
        std::thread::scope(|scope| {
            let task = &task;
            let threads: Vec<_> = group.map(|index| scope.spawn(move || task(index))).collect();
            // A panic in a thread goes on in this one.
            let join = |thread: std::thread::ScopedJoinHandle<'_, T>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            results.extend(threads.into_iter().map(join));
        });
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for on_cpu in [true, false] {
            assert_eq!(side_by_side(7, on_cpu, |index| index * index), [0, 1, 4, 9, 16, 25, 36]);
        }
    }
}
