//! How much work one resolution may cost.

/// The work that is left for one resolution, whatever aliases it follows: everything that it does counts it down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Budget {
    /// Questions to other nodes.
    pub queries: u32,
    /// Aliases that are followed.
    pub aliases: u32,
    /// Signatures and proofs that are verified.
    pub verifications: u32,
    /// Octets that come back.
    pub octets: u32,
}

impl Default for Budget {
    /// 32 questions, 16 aliases, 32 verifications, and 64 KiB.
    fn default() -> Self {
        Self {
            queries: 32,
            aliases: 16,
            verifications: 32,
            octets: 65_536,
        }
    }
}

impl Budget {
    /// Takes a question; says if there was one left.
    pub fn take_query(&mut self) -> bool {
        take(&mut self.queries, 1)
    }

    /// Takes an alias; says if there was one left.
    pub fn take_alias(&mut self) -> bool {
        take(&mut self.aliases, 1)
    }

    /// Takes a verification; says if there was one left.
    pub fn take_verification(&mut self) -> bool {
        take(&mut self.verifications, 1)
    }

    /// Takes octets; says if so many were left.
    pub fn take_octets(&mut self, octets: u32) -> bool {
        take(&mut self.octets, octets)
    }
}

fn take(left: &mut u32, amount: u32) -> bool {
    let rest = left.checked_sub(amount);
    *left = rest.unwrap_or(0);
    rest.is_some()
}
