//! Several publishers: what a quorum does to a book's surface, and what one hostile publisher cannot do.

use clearing_house::error::ClearingError as E;
use clearing_house::events::{SurfaceOutcome, SurfacePublished};
use clearing_house::state::{SurfaceBoard, SurfaceParams};
use novate_tests::layout::nanos;
use novate_tests::refusal::Expected;
use novate_tests::{World, addresses};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A world whose books have a surface at 80 %, half a minute later, with new publishers.
fn world(count: usize, quorum: u16) -> (World, Vec<Keypair>) {
    let mut world = World::new(2);
    let publishers = world.set_publishers(count, quorum);
    world.advance(30);
    (world, publishers)
}

fn publish(world: &mut World, by: &Keypair, vol: f64) -> SurfacePublished {
    let surface = world.flat(vol);
    world.publish(by, surface).unwrap_or_else(|failure| panic!("{failure:#?}"))
}

fn near(vol: i64, wanted: f64) -> bool {
    (vol - nanos(wanted)).abs() < nanos(0.0001)
}

#[test]
fn two_of_three_move_the_book() {
    let (mut world, publishers) = world(3, 2);
    let start = world.now();
    let before = world.first_book();
    let first = publish(&mut world, &publishers[0], 0.82);
    assert_eq!((first.outcome, first.fresh), (SurfaceOutcome::NoQuorum, 1));
    assert_eq!(world.first_book().surface, before.surface);

    world.advance(1);
    let second = publish(&mut world, &publishers[1], 0.84);
    assert_eq!((second.outcome, second.fresh), (SurfaceOutcome::Advanced, 2));
    assert!(near(second.dispersion, 0.02), "{second:?}");
    let book = world.first_book();
    // the lower of two, by the time at which both had spoken
    assert!(near(book.surface_vol, 0.82), "{book:?}");
    assert_eq!((book.surface_time, book.surface_made, book.dispersion), (start, start, second.dispersion));

    world.advance(1);
    let third = publish(&mut world, &publishers[2], 0.83);
    assert_eq!((third.outcome, third.fresh), (SurfaceOutcome::Advanced, 3));
    let book = world.first_book();
    assert!(near(book.surface_vol, 0.83), "{book:?}");
    assert_eq!((book.surface_time, book.surface_made), (start + 1, start + 2));
    assert_eq!((third.book_vol, third.book_time), (book.surface_vol, book.surface_time));
    // margins ask for what publishers differ by: the majority lies within a point of the median
    assert!(near(book.dispersion, 0.01), "{book:?}");
}

#[test]
fn three_of_five_move_the_book_whoever_they_are() {
    let (mut world, publishers) = world(5, 3);
    for (round, trio) in [[0, 1, 2], [2, 3, 4], [4, 0, 2]].into_iter().enumerate() {
        // what was said in the round before is no longer fresh
        world.advance(61);
        let vol = 0.70 + 0.1 * round as f64;
        for (place, index) in trio.into_iter().enumerate() {
            let event = publish(&mut world, &publishers[index], vol);
            let wanted = if place < 2 { SurfaceOutcome::NoQuorum } else { SurfaceOutcome::Advanced };
            assert_eq!((event.outcome, usize::from(event.fresh)), (wanted, place + 1));
        }
        assert!(near(world.first_book().surface_vol, vol));
        assert_eq!(world.first_book().surface_time, world.now());
    }
}

/// What one of three may try: the farthest level that is not refused, the others' level with bent wings, carry at its
/// bounds.
fn hostile(world: &World, round: i64) -> Vec<SurfaceParams> {
    let flat = |vol: f64| SurfaceParams { basis: nanos(0.2), rate: nanos(-0.5), ..world.flat(vol) };
    let bent = SurfaceParams { a: flat(0.80).a - nanos(0.0019), b: nanos(1.9), sigma: nanos(0.001), ..flat(0.80) };
    let far = 0.80 + if round % 2 == 0 { 0.06 } else { -0.06 };
    [4.0, 0.05, far, 0.849, 0.751].map(flat).into_iter().chain([bent]).collect()
}

#[test]
fn one_hostile_publisher_of_three_neither_moves_nor_blocks_the_book() {
    let (mut world, publishers) = world(3, 2);
    let [good, other, evil] = publishers.try_into().expect("three");
    let (mut landed, mut moved) = (0, 0);
    for round in 0..40 {
        world.advance(5);
        for surface in hostile(&world, round) {
            if let Ok(event) = world.publish(&evil, surface) {
                landed += 1;
                moved += i32::from(event.outcome == SurfaceOutcome::Advanced);
            }
            world.advance(1);
        }
        let honest = if round % 2 == 0 { (0.80, 0.81) } else { (0.81, 0.80) };
        publish(&mut world, &good, honest.0);
        let event = publish(&mut world, &other, honest.1);
        assert_eq!(event.outcome, SurfaceOutcome::Advanced, "round {round}: {event:?}");
        let book = world.first_book();
        assert!(nanos(0.7999) < book.surface_vol && book.surface_vol < nanos(0.8101), "round {round}: {book:?}");
        assert_eq!((book.surface.basis, book.surface.rate, book.surface.b), (0, 0, 0), "round {round}");
        assert_eq!(book.surface_time, world.now(), "round {round}");
    }
    assert!(landed > 100 && moved > 0, "the attack took place: {landed} landed, {moved} with the others' surface");
}

#[test]
fn a_lone_publisher_cannot_walk_the_surface() {
    let (mut world, publishers) = world(3, 2);
    let before = world.first_book();
    let mut vol = 0.80;
    for _ in 0..50 {
        world.advance(2);
        let event = publish(&mut world, &publishers[0], vol);
        assert_eq!(event.outcome, SurfaceOutcome::NoQuorum);
        vol += 0.02;
    }
    let after = world.first_book();
    assert_eq!(
        (after.surface, after.surface_vol, after.surface_time),
        (before.surface, before.surface_vol, before.surface_time)
    );
}

#[test]
fn publishers_who_disagree_leave_the_book_as_it_is_until_a_third_decides() {
    let (mut world, publishers) = world(3, 2);
    let before = world.first_book();
    publish(&mut world, &publishers[0], 0.80);
    let event = publish(&mut world, &publishers[1], 1.20);
    assert_eq!((event.outcome, event.fresh), (SurfaceOutcome::Disagreement, 2));
    assert!(near(event.dispersion, 0.40), "{event:?}");
    assert_eq!(world.first_book().surface_time, before.surface_time);
    let board: SurfaceBoard = world.read(&addresses::board(2, world.expiries[0]));
    assert_eq!(board.slots[1].publisher, publishers[1].pubkey());
    assert!(near(board.slots[1].vol(), 1.20));
    let event = publish(&mut world, &publishers[2], 1.19);
    assert_eq!(event.outcome, SurfaceOutcome::Advanced);
    assert!(near(world.first_book().surface_vol, 1.19));
}

#[test]
fn a_removed_publisher_stops_counting_at_once() {
    let (mut world, publishers) = world(3, 2);
    let [gone, second, third] = &publishers[..] else { panic!("three") };
    // all three have a slot; the sets of the two who stay are no longer fresh when one of them publishes again
    publish(&mut world, second, 0.80);
    publish(&mut world, third, 0.80);
    world.advance(50);
    publish(&mut world, gone, 0.80);
    let before = world.first_book();
    world.name_publishers(&[second.pubkey(), third.pubkey()], 2);
    world.advance(15);
    let event = publish(&mut world, second, 0.80);
    assert_eq!((event.outcome, event.fresh), (SurfaceOutcome::NoQuorum, 1));
    assert_eq!(world.first_book().surface_time, before.surface_time);
    let publication = world.publication(gone, world.flat(0.80));
    world.refuses(publication, &[gone], E::NotAPublisher);
    assert_eq!(publish(&mut world, third, 0.80).outcome, SurfaceOutcome::Advanced);
}

#[test]
fn slots_of_removed_publishers_are_free_for_new_ones() {
    let (mut world, mut publishers) = world(8, 8);
    for generation in 0..3 {
        for (place, publisher) in publishers.iter().enumerate() {
            let event = publish(&mut world, publisher, 0.80);
            assert_eq!(usize::from(event.fresh), place + 1, "generation {generation}");
            assert_eq!(event.outcome == SurfaceOutcome::Advanced, place == 7);
        }
        world.advance(1);
        publishers = world.set_publishers(8, 8);
    }
}

#[test]
fn a_quorum_follows_a_crash_at_the_speed_that_the_market_allows() {
    let (mut world, publishers) = world(3, 2);
    // everybody settles at 80 %, then sees 200 %: 100 points a minute
    for publisher in &publishers {
        publish(&mut world, publisher, 0.80);
    }
    let start = world.now();
    while !near(world.first_book().surface_vol, 2.0) {
        world.advance(6);
        assert!(world.now() <= start + 90, "{:?}", world.first_book());
        let book = world.first_book();
        let elapsed = (world.now() - book.surface_time) as f64;
        let next = (book.surface_vol as f64 / 1e9 + elapsed / 60.0 - 0.0001).min(2.0);
        for publisher in &publishers {
            publish(&mut world, publisher, next);
        }
        let moved = world.first_book().surface_vol - nanos(0.80);
        assert!(moved <= nanos((world.now() - start) as f64 / 60.0), "never faster");
    }
}

#[test]
fn an_agreed_surface_that_moves_too_fast_waits() {
    let (mut world, publishers) = world(3, 2);
    for publisher in &publishers {
        publish(&mut world, publisher, 0.80);
    }
    // 3 s allow 5 points, and publishers may differ by 5 more
    world.advance(3);
    let refused = world.publication(&publishers[0], world.flat(0.91));
    world.refuses(refused, &[&publishers[0]], E::SurfaceMovesTooFast);
    publish(&mut world, &publishers[0], 0.89);
    let event = publish(&mut world, &publishers[1], 0.89);
    assert_eq!(event.outcome, SurfaceOutcome::MovesTooFast);
    assert!(near(world.first_book().surface_vol, 0.80));
    world.advance(3);
    publish(&mut world, &publishers[0], 0.89);
    assert_eq!(publish(&mut world, &publishers[1], 0.89).outcome, SurfaceOutcome::Advanced);
}

#[test]
fn surfaces_of_one_second_replace_each_other_within_the_limit() {
    let (mut world, publishers) = world(3, 1);
    publish(&mut world, &publishers[0], 0.80);
    world.advance(6);
    // ten points in six seconds, whoever moves it and however often
    for (publisher, vol) in publishers.iter().zip([0.82, 0.86, 0.84]) {
        assert_eq!(publish(&mut world, publisher, vol).outcome, SurfaceOutcome::Advanced, "{vol}");
    }
    assert!(near(world.first_book().surface_vol, 0.84));
    let publishers = world.set_publishers(2, 1);
    let event = publish(&mut world, &publishers[0], 0.93);
    assert_eq!(event.outcome, SurfaceOutcome::MovesTooFast);
    assert_eq!(publish(&mut world, &publishers[1], 0.89).outcome, SurfaceOutcome::Advanced);
}

#[test]
fn a_larger_quorum_does_not_turn_time_back() {
    let (mut world, publishers) = world(2, 1);
    publish(&mut world, &publishers[0], 0.80);
    world.advance(5);
    publish(&mut world, &publishers[1], 0.80);
    let before = world.first_book();
    assert_eq!(before.surface_time, world.now());
    world.name_publishers(&[publishers[0].pubkey(), publishers[1].pubkey()], 2);
    world.advance(1);
    // the other's is from 6 s ago: only since then have two spoken
    let event = publish(&mut world, &publishers[1], 0.80);
    assert_eq!(event.outcome, SurfaceOutcome::Older);
    assert_eq!(world.first_book().surface_time, before.surface_time);
}

#[test]
fn garbage_changes_neither_slot_nor_book() {
    let (mut world, publishers) = world(3, 2);
    publish(&mut world, &publishers[0], 0.80);
    world.advance(1);
    let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX];
    let mut state = 1_u64;
    let mut pick = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ends[usize::try_from(state >> 33).expect("31 bits") % ends.len()]
    };
    for _ in 0..200 {
        let surface =
            SurfaceParams { a: pick(), b: pick(), rho: pick(), m: pick(), sigma: pick(), basis: pick(), rate: pick() };
        let publication = world.publication(&publishers[0], surface);
        world.refuses_case(&format!("{surface:?}"), publication, &[&publishers[0]], Expected::AnyTyped);
    }
}
