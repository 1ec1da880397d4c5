//! Margins a second on one core, off chain: `cargo bench -p novate-risk`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;

use common::Random;
use common::world::World;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use novate_risk::portfolio::{WitnessRows, margin, witness_margin};

fn margins(criterion: &mut Criterion) {
    let world = World::standard();
    let views = world.views();
    let mut random = Random(1);
    let mut group = criterion.benchmark_group("margin");
    for legs in [8, 32, 128] {
        let positions = world.account(&mut random, legs, 1_000_000_000);
        let portfolio = positions.portfolio(&views);
        let mut rows = Vec::new();
        let full = margin(&portfolio, |market| rows.push(market.worst_row)).unwrap();
        let witness = WitnessRows { markets: &rows, groups: full.joint_rows() };
        group.throughput(Throughput::Elements(1));
        group.bench_with_input(BenchmarkId::new("full", legs), &portfolio, |bencher, portfolio| {
            bencher.iter(|| margin(black_box(portfolio), |_| ()).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("witness", legs), &portfolio, |bencher, portfolio| {
            bencher.iter(|| witness_margin(black_box(portfolio), &witness).unwrap());
        });
    }
}

criterion_group!(benches, margins);
criterion_main!(benches);
