//! Lists of operations as octets.

/// The octets of a list, one after the other; zeros at the end.
pub struct Octets<'a>(std::slice::Iter<'a, u8>);

impl<'a> Octets<'a> {
    /// Those of a list.
    pub fn of(list: &'a [u8]) -> Self {
        Self(list.iter())
    }

    /// Is there none left?
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// The next one.
    pub fn octet(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    /// A number below a bound, of at most 256.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.octet()) % bound
    }

    /// One of several.
    pub fn of_these<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Lists of a fixed seed.
pub fn lists(count: usize, len: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(move |_| (0..len).map(|_| next()).collect())
}

/// A few of them as seeds.
pub fn seeds(len: usize) -> Vec<(String, Vec<u8>)> {
    let numbered = (0..16).zip(lists(16, len));
    numbered
        .map(|(number, octets)| (format!("random-{number}"), octets))
        .collect()
}
