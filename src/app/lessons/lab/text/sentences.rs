//! Sentences of the lab with numbers in them.

/// Where the head is.
pub fn state(head: usize, last: usize, alpha_cumprod: f64) -> String {
    format!("{head} of {last} · ᾱ = {alpha_cumprod:.2}")
}

/// Which weights are looked at.
pub fn moment(update: u64, is_present: bool) -> String {
    if is_present { format!("now, {update} updates") } else { format!("after {update} updates") }
}

/// Goes back to these weights.
pub fn go_on(update: u64) -> String {
    format!("Go on from update {update}")
}

/// Under a plane.
pub fn plane(name: &str, update: u64) -> String {
    format!("{name}, {update} updates")
}

/// What is said of the optimum's particles: how far they are from held-out points, and how many there are if fewer than the network's.
pub fn optimum(distance: Option<f64>, fewer: Option<usize>) -> String {
    let distance = distance.map(|distance| format!("The optimum's particles: {distance:.3}.")).unwrap_or_default();
    let fewer = fewer
        .map(|count| format!(" It is asked for {count} of them; each costs a look at every point."))
        .unwrap_or_default();
    format!("{distance}{fewer}")
}

/// What is said of a schedule that is learnt.
pub fn learned([here, linear]: [f32; 2]) -> String {
    format!(
        "The learned schedule moves its levels to where the errors are. The loss of the variational bound varies by {here:.2} of its mean under it, and by {linear:.2} under the linear schedule."
    )
}

/// How training goes.
pub fn progress(update: u64, speed: f64, running: bool) -> String {
    if running { format!("{update} updates · {speed:.0} a second") } else { format!("{update} updates · waiting") }
}

/// How far the cloud is from data nobody trained on.
pub fn distance([made, data]: [f64; 2]) -> String {
    format!("Distance to points that training never saw: {made:.3}. The training data itself: {data:.3}.")
}

/// Divergence.
pub fn diverged(update: u64, back_to: u64) -> String {
    format!(
        "At update {update} the loss left all bounds. The weights are those of update {back_to} again; lower the learning rate, then train on, or move the second slider and go on from an earlier moment."
    )
}

/// What the picture shows, for those who do not see it.
pub fn picture(name: &str, head: usize, last: usize, update: u64) -> String {
    format!("the plane with {name} after {update} updates, state {head} of {last}")
}

/// The chip's line.
pub fn line(device: &str, millis: Option<f64>) -> String {
    match millis {
        Some(millis) => format!("live · {device} · {millis:.1} ms an update"),
        None => format!("live · {device}"),
    }
}

/// What was measured on a device.
pub fn measured(millis: Option<f64>) -> String {
    match millis {
        Some(millis) if millis.is_finite() => format!("{millis:.1} ms an update"),
        Some(_) => "did not run".into(),
        None => "not measured".into(),
    }
}
