//! All measured samples, by number and system.

use crate::scenarios::Sample;
use crate::system::System;

/// Samples of one number of one system, one per run.
pub struct Series {
    pub what: String,
    pub unit: &'static str,
    pub system: System,
    values: Vec<f64>,
}

/// In the order of their first measurement.
#[derive(Default)]
pub struct Samples(Vec<Series>);

impl Samples {
    pub fn add(&mut self, system: System, sample: Sample) {
        let existing = self
            .0
            .iter_mut()
            .find(|series| series.what == sample.what && series.system == system);
        match existing {
            Some(series) => series.values.push(sample.value),
            None => self.0.push(Series {
                what: sample.what,
                unit: sample.unit,
                system,
                values: vec![sample.value],
            }),
        }
    }

    pub fn find(&self, what: &str, system: System) -> Option<&Series> {
        self.0
            .iter()
            .find(|series| series.what == what && series.system == system)
    }

    pub fn all(&self) -> &[Series] {
        &self.0
    }

    /// Each number once, with its unit.
    pub fn numbers(&self) -> Vec<(&str, &str)> {
        let mut numbers = Vec::new();
        for series in &self.0 {
            let number = (series.what.as_str(), series.unit);
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers
    }
}

impl Series {
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }

    /// The lowest and the highest.
    pub fn range(&self) -> (f64, f64) {
        let sorted = self.sorted();
        (sorted[0], sorted[sorted.len() - 1])
    }

    /// There is at least one sample.
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}
