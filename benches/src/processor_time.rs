//! What a process has used of the processors.

/// Clock ticks a second in /proc (`getconf CLK_TCK`; 100 on all of Linux's own architectures).
const TICKS: f64 = 100.0;

/// Seconds of user and system time that a process of this machine and its threads have used.
///
/// # Errors
/// If there is no such process.
pub fn of_process(pid: &str) -> Result<f64, String> {
    let file = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    // The second field is the program's name in parentheses; user and system time are the 14th and 15th.
    let fields = text
        .rsplit_once(") ")
        .map(|(_, fields)| fields)
        .unwrap_or_default();
    let ticks: f64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>().unwrap_or_default())
        .sum();
    Ok(ticks / TICKS)
}
