//! Sentences of the lab with numbers in them.

use crate::app::language::{Text, say, t};

/// Where the head is.
pub fn state(head: usize, last: usize, alpha_cumprod: f64) -> String {
    say!("{head} of {last} · ᾱ = {alpha_cumprod}", head, last, alpha_cumprod = format_args!("{alpha_cumprod:.2}"))
}

/// Which weights are looked at.
pub fn moment(update: u64, is_present: bool) -> String {
    if is_present { say!("now, {update} updates", update) } else { say!("after {update} updates", update) }
}

/// Goes back to these weights.
pub const REWIND: Text = t("Go on from here");

/// The same, and how old they are.
pub fn go_on(update: u64) -> String {
    say!("Go on from update {update}", update)
}

/// Under a plane.
pub fn plane(name: &str, update: u64) -> String {
    say!("{name}, {update} updates", name, update)
}

/// What is said of the optimum's particles: how far they are from held-out points, and how many there are if fewer than the network's.
pub fn optimum(distance: Option<f64>, fewer: Option<usize>) -> String {
    let distance = distance
        .map(|distance| say!("The optimum's particles: {distance}.", distance = format_args!("{distance:.3}")))
        .unwrap_or_default();
    let fewer = fewer
        .map(|count| say!(" It is asked for {count} of them; each costs a look at every point.", count))
        .unwrap_or_default();
    format!("{distance}{fewer}")
}

/// What is said of a schedule that is learnt.
pub fn learned([here, linear]: [f32; 2]) -> String {
    say!(
        "The learned schedule moves its levels to where the errors are. The loss of the variational bound varies by {here} of its mean under it, and by {linear} under the linear schedule.",
        here = format_args!("{here:.2}"),
        linear = format_args!("{linear:.2}")
    )
}

/// How training goes.
pub fn progress(update: u64, speed: f64, running: bool) -> String {
    if running {
        say!("{update} updates · {speed} a second", update, speed = format_args!("{speed:.0}"))
    } else {
        say!("{update} updates · waiting", update)
    }
}

/// How far the cloud is from data nobody trained on.
pub fn distance([made, data]: [f64; 2]) -> String {
    say!(
        "Distance to points that training never saw: {made}. The training data itself: {data}.",
        made = format_args!("{made:.3}"),
        data = format_args!("{data:.3}")
    )
}

/// Divergence.
pub fn diverged(update: u64, back_to: u64) -> String {
    say!(
        "At update {update} the loss left all bounds. The weights are those of update {back_to} again; lower the learning rate, then train on, or move the second slider and go on from an earlier moment.",
        update,
        back_to
    )
}

/// What the picture shows, for those who do not see it.
pub fn picture(name: &str, head: usize, last: usize, update: u64) -> String {
    say!("the plane with {name} after {update} updates, state {head} of {last}", name, update, head, last)
}

/// The chip's line.
pub fn line(device: &str, millis: Option<f64>) -> String {
    match millis {
        Some(millis) => say!("live · {device} · {millis} ms an update", device, millis = format_args!("{millis:.1}")),
        None => say!("live · {device}", device),
    }
}

/// What was measured on a device.
pub fn measured(millis: Option<f64>) -> String {
    match millis {
        Some(millis) if millis.is_finite() => say!("{millis} ms an update", millis = format_args!("{millis:.1}")),
        Some(_) => t("did not run").into(),
        None => t("not measured").into(),
    }
}
