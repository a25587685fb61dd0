//! Reading and building messages, for criterion: distributions, and changes between runs.

use criterion::{Criterion, criterion_group, criterion_main};
use lib_dns_benches::job::{Job, Task};
use lib_dns_benches::peers;

fn messages(criterion: &mut Criterion) {
    for task in Task::all() {
        let mut group = criterion.benchmark_group(task.to_string());
        for peer in peers::ALL {
            match (Job { peer, task }).prepare() {
                Ok((_, mut round)) => {
                    group.bench_function(peer.name, |bencher| bencher.iter(&mut *round));
                }
                Err(error) => println!("{task}/{}: fails: {}", peer.name, error.reason()),
            }
        }
        group.finish();
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
