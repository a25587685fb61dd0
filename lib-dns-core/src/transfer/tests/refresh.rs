//! When a secondary looks.

use super::*;
use crate::transfer::{Refresh, RefreshAction, RefreshBounds, SoaTimers};

const TIMERS: SoaTimers = SoaTimers {
    refresh: 3600,
    retry: 600,
    expire: 7200,
};

fn look(notified: Option<u32>) -> Option<RefreshAction> {
    let notified = notified.map(Serial);
    Some(RefreshAction::Look { notified })
}

fn with_copy() -> Refresh {
    let mut refresh = Refresh::with_copy(RefreshBounds::default(), 0, Serial(5), TIMERS, 0);
    assert_eq!(refresh.poll(0), look(None));
    refresh.confirmed(0, 0, None);
    refresh
}

#[test]
fn timers_come_from_the_soa_record_within_bounds() {
    let data = Owned::soa(1).data;
    let zero = SoaTimers {
        refresh: 0,
        retry: 0,
        expire: 0,
    };
    assert_eq!(SoaTimers::from_data(&data), Some(zero));
    assert_eq!(SoaTimers::from_data(&data[1..]), None);
    let bounds = RefreshBounds::default();
    let least = SoaTimers {
        refresh: 300,
        retry: 300,
        expire: 600,
    };
    assert_eq!(bounds.bound(zero), least);
    let most = SoaTimers {
        refresh: u32::MAX,
        retry: u32::MAX,
        expire: u32::MAX,
    };
    let bound = SoaTimers {
        refresh: 2_419_200,
        retry: 1_209_600,
        expire: 14_515_200,
    };
    assert_eq!(bounds.bound(most), bound);
    assert_eq!(bounds.bound(TIMERS), TIMERS);
}

#[test]
fn chance_only_makes_it_earlier() {
    let bounds = RefreshBounds::default();
    for (random, seconds) in [(0, 3600), (u32::MAX / 2, 3150), (u32::MAX, 2700)] {
        let mut refresh = Refresh::without_copy(bounds, 0);
        assert_eq!(refresh.poll(0), look(None));
        refresh.transferred(0, random, Serial(1), TIMERS, None);
        let next = refresh.next_deadline().unwrap();
        // A random word is finer than it is used.
        assert!(next.abs_diff(seconds * 1000) <= 20, "{next}");
    }
}

#[test]
fn a_version_that_is_never_confirmed_expires_once() {
    let mut refresh = with_copy();
    let mut now;
    let mut looks = Vec::new();
    loop {
        now = refresh.next_deadline().unwrap();
        match refresh.poll(now) {
            Some(RefreshAction::Look { .. }) => {
                looks.push(now / 1000);
                refresh.failed(now, 0);
            }
            Some(RefreshAction::Expire) => break,
            None => panic!("a deadline without an action"),
        }
    }
    assert_eq!((now, refresh.is_served()), (7_200_000, false));
    assert_eq!(looks, [3600, 4200, 4800, 5400, 6000, 6600]);
    // It is still looked for, and served again as soon as it is confirmed.
    assert_eq!(refresh.poll(now), look(None));
    assert!(!refresh.wants(Serial(5)));
    refresh.confirmed(now, 0, None);
    assert!(refresh.is_served());
    assert_eq!(refresh.expires_in(now), Some(7_200_000));
}

#[test]
fn a_version_from_disk_has_the_life_that_is_left() {
    let bounds = RefreshBounds::default();
    let old = Refresh::with_copy(bounds, 1000, Serial(5), TIMERS, 7_000_000);
    assert_eq!(old.expires_in(1000), Some(200_000));
    let mut dead = Refresh::with_copy(bounds, 1000, Serial(5), TIMERS, 9_000_000);
    assert_eq!(dead.poll(1000), Some(RefreshAction::Expire));
}

#[test]
fn the_primary_may_say_that_it_expires_earlier() {
    let mut refresh = with_copy();
    refresh.look_now(10);
    assert_eq!(refresh.poll(10), look(None));
    refresh.confirmed(10, 0, Some(100));
    assert_eq!(refresh.expires_in(10), Some(100_000));
    // But not later.
    refresh.look_now(20);
    assert_eq!(refresh.poll(20), look(None));
    refresh.confirmed(20, 0, Some(u32::MAX));
    assert_eq!(refresh.expires_in(20), Some(7_200_000));
}

#[test]
fn the_first_transfer_is_tried_less_and_less_often() {
    let mut refresh = Refresh::without_copy(RefreshBounds::default(), 0);
    let mut waits = Vec::new();
    let mut now = 0;
    for _ in 0..40 {
        assert_eq!(refresh.poll(now), look(None));
        refresh.failed(now, 0);
        let next = refresh.next_deadline().unwrap();
        waits.push((next - now) / 1000);
        now = next;
    }
    assert_eq!(waits[..5], [5, 10, 20, 40, 80]);
    assert_eq!(waits[39], 3600);
}

#[test]
fn many_notifies_make_one_look() {
    let mut refresh = with_copy();
    assert!(!refresh.notified(10, Some(Serial(5))));
    assert!(!refresh.notified(10, Some(Serial(4))));
    for serial in [7, 9, 8] {
        assert!(refresh.notified(10, Some(Serial(serial))));
    }
    assert_eq!(refresh.poll(10), look(Some(9)));
    assert_eq!(refresh.poll(10), None);
    // During the look: of what it brings nothing is left to do, of what is newer there is.
    assert!(refresh.notified(20, Some(Serial(9))));
    refresh.transferred(30, 0, Serial(9), TIMERS, None);
    assert_eq!(refresh.poll(30), None);
    refresh.look_now(40);
    assert_eq!(refresh.poll(40), look(None));
    assert!(refresh.notified(50, Some(Serial(11))));
    refresh.transferred(60, 0, Serial(10), TIMERS, None);
    assert_eq!(refresh.poll(60), look(Some(11)));
    // One that does not say which version must be followed.
    assert!(refresh.notified(70, None));
    refresh.confirmed(80, 0, None);
    assert_eq!(refresh.poll(80), look(None));
}

#[test]
fn while_it_looks_nothing_else_is_due_but_the_end() {
    let mut refresh = with_copy();
    refresh.look_now(1000);
    assert_eq!(refresh.poll(1000), look(None));
    refresh.notified(2000, None);
    assert_eq!(refresh.poll(2000), None);
    assert_eq!(refresh.next_deadline(), Some(7_200_000));
    assert_eq!(refresh.poll(7_200_000), Some(RefreshAction::Expire));
    assert_eq!(refresh.next_deadline(), None);
    refresh.failed(7_300_000, 0);
    assert_eq!(refresh.poll(7_300_000), look(None));
}
