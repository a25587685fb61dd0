//! Telling all who must know that a zone has changed, until they have heard it.

use crate::zone::Serial;

/// How a zone's changes are told. Times are in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotifySettings {
    /// How long to wait after a change, so that several that come together are told once.
    pub delay: u64,
    /// The least time between two rounds.
    pub interval: u64,
    /// How long to wait for the first answer; each further wait is twice as long.
    pub timeout: u64,
    /// How often one that does not answer is told.
    pub attempts: u8,
}

impl Default for NotifySettings {
    /// At once, rounds a second apart, and five times: after 3, 6, 12 and 24 seconds again, and 48 seconds later
    /// that is that. RFC 1996 3.6 has five times too, but a minute apart, which is long for a mesh.
    fn default() -> Self {
        Self {
            delay: 0,
            interval: 1000,
            timeout: 3000,
            attempts: 5,
        }
    }
}

/// One who must be told. The caller lends one of these for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotifyTarget {
    /// How often it was told of the newest version.
    attempts: u8,
    /// When the wait for its answer ends, or it is told first; `None` if it need not be told.
    due: Option<u64>,
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NotifyAction {
    /// Send a NOTIFY of this version to the target with this index.
    Send {
        /// Its place among the targets.
        target: usize,
        /// The version.
        serial: Serial,
        /// How often it was told before, of this version.
        before: u8,
    },
    /// The target with this index did not answer: it will find out by itself, when it looks.
    GiveUp {
        /// Its place among the targets.
        target: usize,
        /// The version.
        serial: Serial,
    },
}

/// Tells the secondaries of one zone of each new version (RFC 1996).
///
/// Changes that come while others are being told are told together: only the newest version matters.
///
/// ```
/// use lib_dns_core::transfer::{NotifyAction, NotifyRound, NotifySettings, NotifyTarget};
/// use lib_dns_core::zone::Serial;
/// let mut targets = [NotifyTarget::default(); 1];
/// let mut round = NotifyRound::new(&mut targets[..], NotifySettings::default());
/// round.changed(0, Serial(8));
/// let send = |before| NotifyAction::Send { target: 0, serial: Serial(8), before };
/// assert_eq!(round.poll(0), Some(send(0)));
/// assert_eq!(round.poll(2999), None);
/// assert_eq!(round.next_deadline(), Some(3000));
/// assert_eq!(round.poll(3000), Some(send(1)));
/// assert!(round.answered(0, Serial(8)));
/// assert_eq!((round.poll(9000), round.next_deadline()), (None, None));
/// ```
#[derive(Clone, Debug)]
pub struct NotifyRound<T> {
    targets: T,
    settings: NotifySettings,
    serial: Serial,
    /// When the last round began.
    began: Option<u64>,
}

impl<T: AsRef<[NotifyTarget]> + AsMut<[NotifyTarget]>> NotifyRound<T> {
    /// With a slot for each target.
    pub fn new(targets: T, settings: NotifySettings) -> Self {
        Self {
            targets,
            settings,
            serial: Serial::default(),
            began: None,
        }
    }

    /// The zone has a new version, which all targets must hear of. Who was being told of an older one is told of
    /// this instead.
    pub fn changed(&mut self, now: u64, serial: Serial) {
        self.serial = serial;
        let earliest = now.saturating_add(self.settings.delay);
        // A round that has not begun takes this version along.
        let waiting = self.began.filter(|began| *began > now);
        let begins = waiting.unwrap_or_else(|| match self.began {
            Some(began) => earliest.max(began.saturating_add(self.settings.interval)),
            None => earliest,
        });
        self.began = Some(begins);
        for target in self.targets.as_mut() {
            *target = NotifyTarget {
                attempts: 0,
                due: Some(begins),
            };
        }
    }

    /// The target with this index has answered to this version. Gives `false` if that is not the newest any
    /// more: then it is still told.
    pub fn answered(&mut self, target: usize, serial: Serial) -> bool {
        let is_newest = serial == self.serial;
        if let Some(target) = self.targets.as_mut().get_mut(target).filter(|_| is_newest) {
            target.due = None;
        }
        is_newest
    }

    /// What to do now, one thing after the other until `None`.
    pub fn poll(&mut self, now: u64) -> Option<NotifyAction> {
        let (settings, serial) = (self.settings, self.serial);
        let targets = self.targets.as_mut().iter_mut().enumerate();
        for (index, target) in targets {
            let Some(due) = target.due.filter(|due| *due <= now) else {
                continue;
            };
            let before = target.attempts;
            if before >= settings.attempts {
                target.due = None;
                return Some(NotifyAction::GiveUp {
                    target: index,
                    serial,
                });
            }
            let wait = settings.timeout.saturating_mul(1 << before.min(31));
            // From now on: when the caller was late, the answer must not be missed.
            target.due = Some(now.max(due).saturating_add(wait));
            target.attempts = before.saturating_add(1);
            return Some(NotifyAction::Send {
                target: index,
                serial,
                before,
            });
        }
        None
    }

    /// When to ask [`NotifyRound::poll`] again; `None` if there is nothing to tell. Only
    /// [`NotifyRound::changed`] and [`NotifyRound::answered`] change it otherwise.
    pub fn next_deadline(&self) -> Option<u64> {
        self.targets
            .as_ref()
            .iter()
            .filter_map(|target| target.due)
            .min()
    }
}
