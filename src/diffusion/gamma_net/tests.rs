use proptest::prelude::*;

use super::*;

const ENDS: [f64; 2] = [-9.2, 10.1];

fn odd(seed: &[f64]) -> GammaNet {
    let mut net = GammaNet::new(ENDS);
    for (index, weight) in net.weights.iter_mut().enumerate() {
        *weight += seed[index % seed.len()];
    }
    net
}

proptest! {
    #[test]
    fn it_rises_strictly_and_keeps_its_ends(seed in prop::collection::vec(-2.0f64..2.0, 7)) {
        let net = odd(&seed);
        prop_assert!((net.at(0.0).gamma - ENDS[0]).abs() < 1e-12 && (net.at(1.0).gamma - ENDS[1]).abs() < 1e-12);
        let curve = net.drawn();
        let gammas: Vec<f64> = (0..=1000).map(|i| curve.at(f64::from(i) / 1000.0).gamma).collect();
        prop_assert!(gammas.windows(2).all(|pair| pair[1] > pair[0]));
        let schedule = net.schedule(1000).unwrap();
        prop_assert!((schedule.log_snr(0) + ENDS[0]).abs() < 1e-6 && (schedule.log_snr(999) + ENDS[1]).abs() < 1e-6);
        prop_assert!(schedule.alphas_cumprod().windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn slopes_and_gradients_are_those_of_the_values(seed in prop::collection::vec(-1.0f64..1.0, 7), u in 0.01f64..0.99) {
        let net = odd(&seed);
        let h = 1e-5;
        let (before, after) = (net.at(u - h), net.at(u + h));
        // Central differences: h² of a third derivative, itself at most some (w = 8e)³ of R/N.
        prop_assert!(((after.gamma - before.gamma) / (2.0 * h) - net.at(u).slope).abs() < 1e-3);
        prop_assert!(((after.slope - before.slope) / (2.0 * h) - net.at(u).curvature).abs() < 1e-1);
        for index in [0, 1, 2, 3, 20, 21, 48] {
            let moved = |by: f64| {
                let mut moved = net.clone();
                moved.weights[index] += by;
                moved.at(u)
            };
            for (part, of) in [(0, (|bend| bend.gamma) as fn(Bend) -> f64), (1, |bend| bend.slope)] {
                let mut gradient = vec![0.0; WEIGHTS];
                let mut shares = [0.0; 2];
                shares[part] = 1.0;
                net.drawn().add_gradient(u, shares, &mut gradient);
                let slope = (of(moved(h)) - of(moved(-h))) / (2.0 * h);
                prop_assert!((slope - gradient[index]).abs() < 1e-4 * (1.0 + slope.abs()), "{index} {part}: {slope} {}", gradient[index]);
            }
        }
    }
}

/// Where the error is known as a function of γ, so is the least second moment: `¼ (∫ √E[e²] dγ)²`.
#[test]
fn the_second_moment_falls_to_almost_the_least_there_is() {
    let error = |gamma: f64| 1.0 / (1.0 + (0.8 * gamma).exp()) + 0.01;
    let second = |net: &GammaNet| {
        let curve = net.drawn();
        let at = |i: u32| {
            let Bend { gamma, slope, .. } = curve.at((f64::from(i) + 0.5) / 4000.0);
            0.25 * (slope * error(gamma)).powi(2)
        };
        (0..4000).map(at).sum::<f64>() / 4000.0
    };
    let mut net = GammaNet::new(ENDS);
    let width = (ENDS[1] - ENDS[0]) / 4000.0;
    let root: f64 = (0..4000).map(|i| error(ENDS[0] + width * (f64::from(i) + 0.5)) * width).sum();
    let (least, before) = (0.25 * root * root, second(&net));
    for round in 0..600u32 {
        let curve = net.drawn();
        let measured: Vec<Measured> = (0..128)
            .map(|i| {
                let u = (f64::from(i) + f64::from(round % 7) / 7.0) / 128.0;
                (u, error(curve.at(u).gamma))
            })
            .collect();
        net.learn(&measured);
    }
    let after = second(&net);
    assert!(before > 1.5 * least, "{before} {least}");
    // Sixteen sigmoids, 600 noisy steps: 6 parts in a hundred above it when this was written.
    assert!(after < 1.1 * least && after >= least, "{before} before, {after} after, {least} at least");
    assert!((net.at(1.0).gamma - ENDS[1]).abs() < 1e-12);
}

#[test]
fn odd_measurements_and_weights_harm_nothing() {
    let mut net = GammaNet::new(ENDS);
    net.learn(&[]);
    net.learn(&[(0.5, f64::NAN), (0.2, f64::INFINITY), (0.3, 0.0)]);
    assert_eq!(net, GammaNet::new(ENDS));
    assert_eq!(GammaNet::with_weights(ENDS, net.weights()), Some(net.clone()));
    assert_eq!(GammaNet::with_weights(ENDS, &[0.0; 3]), None);
    assert_eq!(GammaNet::with_weights(ENDS, &[f64::NAN; WEIGHTS]), None);
}
