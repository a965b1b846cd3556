//! What a loss says of every weight of a network of the plane.

use burn::tensor::{Gradients, Tensor};

use crate::model::point_net::PointNet;

/// The network with its weights as leaves of a graph, so that [`gradient`] finds what a loss says of each.
pub fn tracked(net: PointNet) -> PointNet {
    net.map_layers(|(weight, bias)| {
        (Tensor::from_inner(weight).require_grad(), Tensor::from_inner(bias).require_grad())
    })
}

/// The gradient of every weight, in the order of [`crate::model::point_net::PointNetConfig::weights`]; nothing where the network was not
/// [`tracked`].
pub fn gradient(net: &PointNet, gradients: &Gradients) -> Option<Tensor<1>> {
    let mut parts = Vec::with_capacity(2 * net.layers().len());
    for (weight, bias) in net.layers() {
        let weight = weight.grad(gradients)?;
        let count = weight.dims().iter().product::<usize>();
        parts.push(weight.reshape([count]));
        parts.push(bias.grad(gradients)?);
    }
    Some(Tensor::cat(parts, 0))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::model::point_net::PointNetConfig;

    const CONFIG: PointNetConfig = PointNetConfig { width: 16, depth: 3, embedding: 8 };

    fn upload(weights: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(weights.to_vec(), [weights.len()]), &Device::flex())
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn answer(net: &PointNet) -> Vec<f32> {
        let x = Tensor::from_data([[0.5f32, -1.0], [0.5, -1.0]], &Device::flex());
        let at = |index: usize, t: f64| numbers(net.forward(&x.clone().narrow(0, index, 1), &[t]));
        [at(0, 0.0), at(1, 999.0)].concat()
    }

    /// The slope of a sum of squares against differences of it.
    #[test]
    fn the_gradient_is_in_the_order_of_the_weights() {
        let device = Device::flex();
        let weights = CONFIG.weights(3);
        let loss = |weights: &[f32]| {
            let net = PointNet::new(&CONFIG, &upload(weights));
            answer(&net).iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>()
        };
        let net = tracked(PointNet::new(&CONFIG, &upload(&weights)));
        let mut inputs = Vec::new();
        [0.0, 999.0].iter().for_each(|t| CONFIG.tell([0.5, -1.0], &CONFIG.time_features(&[*t]), &mut inputs));
        let inputs = TensorData::new(inputs, [2, CONFIG.inputs()]);
        let answer = net.answer(Tensor::from_data(inputs, &device.clone().autodiff()));
        let gradients = (answer.clone() * answer).sum().backward();
        let gradient = numbers(gradient(&net, &gradients).unwrap());
        for index in [0, 100, 367, 400, 700, 911, 912, 945] {
            let at = |step: f32| {
                let mut moved = weights.clone();
                moved[index] += step;
                loss(&moved)
            };
            let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
            // Central differences of f32 answers: rounding of 1e-7 over a step of 1e-2, and a step² of curvature.
            assert!(
                (slope - f64::from(gradient[index])).abs() < 2e-3 * (1.0 + slope.abs()),
                "{index}: {slope} {}",
                gradient[index]
            );
        }
    }
}
