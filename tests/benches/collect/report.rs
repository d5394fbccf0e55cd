//! Lines of the table, and what several runs come to.

/// Several runs of one thing.
pub struct Spread {
    pub median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: median(&values),
            least: values[0],
            most: values[values.len() - 1],
        }
    }

    pub fn show(&self, unit: &str) -> String {
        format!(
            "{:.0} {unit} (median; {:.0} to {:.0})",
            self.median, self.least, self.most
        )
    }

    pub fn show_ratio(&self) -> String {
        format!(
            "{:.2} (median; {:.2} to {:.2})",
            self.median, self.least, self.most
        )
    }
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

pub fn section(title: &str) {
    println!("\n{title}");
}

pub fn line(what: &str, value: &str) {
    println!("  {what:<50} {value}");
}

pub fn mib(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}
