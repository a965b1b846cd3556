//! A schedule as a picture: shares of picture and noise above, log-SNR below.

use crate::diffusion::plan::Level;
use crate::diffusion::schedule::NoiseSchedule;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 90.0;
const PANEL: f64 = 180.0;
const TOP: f64 = 44.0;
const GAP: f64 = 56.0;

/// Lines of at most so many points.
const POINTS: usize = 300;

/// One panel: where it is, and its range of values.
struct Panel {
    top: f64,
    low: f64,
    high: f64,
}

impl Panel {
    fn y(&self, value: f64) -> f64 {
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.top + PANEL * (1.0 - share)
    }

    /// Frame, horizontal lines and their labels.
    fn axes(&self, ticks: &[f64], title: &str) -> String {
        let right = WIDTH - RIGHT;
        let mut out = format!("<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{title}</text>\n", self.top - 8.0);
        for tick in ticks {
            let y = self.y(*tick);
            out += &format!(
                "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#8884\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>\n",
                LEFT - 6.0,
                y + 4.0
            );
        }
        out
    }

    /// A line with its name at its right end.
    fn line(&self, values: &[f64], color: &str, name: &str, label_y: f64) -> String {
        let right = WIDTH - RIGHT;
        let step = (right - LEFT) / (values.len().max(2) - 1) as f64;
        let points: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(index, value)| format!("{:.1},{:.1}", LEFT + step * index as f64, self.y(*value)))
            .collect();
        format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\
             <text x=\"{:.1}\" y=\"{label_y:.1}\" fill=\"{color}\">{name}</text>\n",
            points.join(" "),
            right + 6.0
        )
    }
}

/// The schedule as a self-contained SVG.
pub fn svg(name: &str, schedule: &NoiseSchedule) -> String {
    let total = schedule.num_train_timesteps();
    let count = total.clamp(2, POINTS);
    let timesteps = (0..count).map(|index| (index * (total - 1) / (count - 1)) as i64);
    let values =
        |of: fn(&NoiseSchedule, i64) -> f64| -> Vec<f64> { timesteps.clone().map(|t| of(schedule, t)).collect() };
    let (alpha, sigma) = (values(NoiseSchedule::alpha), values(NoiseSchedule::sigma));
    let log_snr: Vec<f64> = values(NoiseSchedule::log_snr).into_iter().map(|value| value.clamp(-20.0, 20.0)).collect();
    let shares = Panel { top: TOP, low: 0.0, high: 1.0 };
    let ratio = Panel { top: TOP + PANEL + GAP, low: -20.0, high: 20.0 };
    let last = |values: &[f64]| values.last().copied().unwrap_or_default();
    let height = TOP + 2.0 * PANEL + GAP + 44.0;
    let bottom = height - 12.0;
    let label = |panel: &Panel, values: &[f64]| panel.y(last(values)) + 4.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\" \
         role=\"img\" aria-label=\"noise schedule {name}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    out += &shares.axes(&[0.0, 0.25, 0.5, 0.75, 1.0], &format!("{name}: shares of picture (α) and noise (σ)"));
    out += &shares.line(&alpha, "#0b6e99", "α picture", label(&shares, &alpha));
    out += &shares.line(&sigma, "#b3451d", "σ noise", label(&shares, &sigma));
    out += &ratio.axes(&[-20.0, -10.0, 0.0, 10.0, 20.0], "log-SNR = ln(α²/σ²), cut at ±20");
    out += &ratio.line(&log_snr, "#5b3fa0", "log-SNR", label(&ratio, &log_snr));
    out += &format!("<text x=\"{LEFT}\" y=\"{bottom}\">t = 0</text>");
    let end = total - 1;
    out += &format!("<text x=\"{:.1}\" y=\"{bottom}\" text-anchor=\"end\">timestep t = {end}</text>\n", WIDTH - RIGHT);
    out + "</svg>\n"
}

/// The levels of a run as a self-contained SVG: log₁₀ σ above, log-SNR below, one point a step.
pub fn levels_svg(name: &str, levels: &[Level]) -> String {
    let positive: Vec<&Level> = levels.iter().filter(|level| level.sigma > 0.0).collect();
    let sigma: Vec<f64> = positive.iter().map(|level| level.sigma.log10().clamp(-3.0, 3.0)).collect();
    let log_snr: Vec<f64> = positive.iter().map(|level| (2.0 * level.lambda()).clamp(-20.0, 20.0)).collect();
    let above = Panel { top: TOP, low: -3.0, high: 3.0 };
    let below = Panel { top: TOP + PANEL + GAP, low: -20.0, high: 20.0 };
    let height = TOP + 2.0 * PANEL + GAP + 44.0;
    let bottom = height - 12.0;
    let label = |panel: &Panel, values: &[f64]| panel.y(values.last().copied().unwrap_or_default()) + 4.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\" \
         role=\"img\" aria-label=\"levels of {name}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    out += &above.axes(&[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0], &format!("{name}: log₁₀ σ of every step, cut at ±3"));
    out += &above.line(&sigma, "#b3451d", "σ noise", label(&above, &sigma));
    out += &below.axes(&[-20.0, -10.0, 0.0, 10.0, 20.0], "log-SNR = ln(α²/σ²), cut at ±20");
    out += &below.line(&log_snr, "#5b3fa0", "log-SNR", label(&below, &log_snr));
    out += &format!("<text x=\"{LEFT}\" y=\"{bottom}\">first step</text>");
    let end = positive.len();
    out += &format!("<text x=\"{:.1}\" y=\"{bottom}\" text-anchor=\"end\">step {end}</text>\n", WIDTH - RIGHT);
    out + "</svg>\n"
}
