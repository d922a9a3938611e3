//! Was the measurement itself sound? A verdict on the app is worth nothing when the probe was not.

mod load;

pub use load::LoadFacts;

/// How far a measurement can be trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validity {
    doubts: Vec<Doubt>,
}

/// One reason to distrust a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// How much it weighs.
    pub weight: Weight,
    /// What was seen, in one sentence.
    pub reason: String,
}

/// How much a doubt weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Figures may be off; the verdict stands.
    Suspect,
    /// The figures say nothing about the app: never an `ok`.
    Invalid,
}

impl Validity {
    /// Notes that the figures may be off.
    pub fn suspect(&mut self, reason: impl Into<String>) {
        self.doubts.push(Doubt { weight: Weight::Suspect, reason: reason.into() });
    }

    /// Notes that the figures say nothing about the app.
    pub fn invalid(&mut self, reason: impl Into<String>) {
        self.doubts.push(Doubt { weight: Weight::Invalid, reason: reason.into() });
    }

    /// Every doubt, in the order in which they came up.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// The heaviest doubt; none for a sound measurement.
    pub fn heaviest(&self) -> Option<Weight> {
        self.doubts.iter().map(|doubt| doubt.weight).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_doubt_decides() {
        let mut validity = Validity::default();
        assert_eq!(validity.heaviest(), None);
        validity.invalid("the clock was set back");
        validity.suspect("one answer was dropped");
        assert_eq!(validity.heaviest(), Some(Weight::Invalid));
    }
}
