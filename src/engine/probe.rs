//! A look at the browser's GPU before anything touches it.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::device::{Opened, Probe, choose, cpu, report};
use crate::protocol::{DeviceChoice, DeviceKind};

/// Names by which software adapters give themselves away where the browser does not.
const SOFTWARE: [&str; 4] = ["swiftshader", "llvmpipe", "lavapipe", "basic render"];

/// How many operations burn gathers before it submits; small networks answer sooner with small batches.
const TASKS_MAX: usize = 64;

/// The GPU handles that burn computes with, for drawing on the same device.
pub type Setup = burn::tensor::wgpu::WgpuSetup;

/// Opens the device a person asked for; `known` keeps the GPU across calls, because burn starts it only once.
pub async fn open(choice: DeviceChoice, known: &mut Option<(burn::tensor::Device, Setup)>) -> Opened {
    let found = if choice == DeviceChoice::None { Probe::default() } else { probe().await.unwrap_or_default() };
    let (mut kind, mut reason) = choose(choice, &found);
    let mut device = None;
    if kind == DeviceKind::Webgpu {
        match gpu(known).await {
            Ok(gpu) => device = Some(gpu),
            Err(error) => {
                kind = DeviceKind::Cpu;
                reason = format!("WebGPU could not be started ({error}), so the CPU computes");
            }
        }
    }
    if kind == DeviceKind::Cpu && choice != DeviceChoice::None {
        device = Some(cpu());
    }
    Opened { device, report: report(kind, reason, found) }
}

async fn gpu(known: &mut Option<(burn::tensor::Device, Setup)>) -> Result<burn::tensor::Device, String> {
    if let Some((device, _)) = known {
        return Ok(device.clone());
    }
    let options = burn::tensor::Device::wgpu_options().tasks_max(TASKS_MAX);
    let (device, setup) = options.init_with_setup_async().await.map_err(|error| error.to_string())?;
    *known = Some((device.clone(), setup));
    Ok(device)
}

/// Asks the browser for an adapter and reads what it says of itself; twice, for a browser whose GPU process is only starting may say at first
/// that there is none (seen with Chromium on a machine with an NVIDIA H100).
async fn probe() -> Option<Probe> {
    let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
    let request: Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
    // Asked for as burn asks, so that on a machine with two GPUs the one looked at is the one used.
    let options = js_sys::Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let mut adapter = None;
    for _ in 0..2 {
        let promise: Promise = request.call1(&gpu, &options).ok()?.dyn_into().ok()?;
        adapter = JsFuture::from(promise).await.ok().filter(JsValue::is_object);
        if adapter.is_some() {
            break;
        }
    }
    let adapter = adapter?;
    let info = get(&adapter, "info").unwrap_or(JsValue::NULL);
    let text = |key| get(&info, key).and_then(|value| value.as_string()).unwrap_or_default();
    let words = ["vendor", "architecture", "device", "description"].map(text);
    let name = words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let says_fallback = |object: &JsValue| get(object, "isFallbackAdapter").is_some_and(|value| value.is_truthy());
    let sounds_soft = SOFTWARE.iter().any(|soft| name.to_lowercase().contains(soft));
    let limit = get(&adapter, "limits").and_then(|limits| get(&limits, "maxStorageBufferBindingSize"));
    Some(Probe {
        has_adapter: true,
        is_fallback: says_fallback(&info) || says_fallback(&adapter) || sounds_soft,
        timestamp_query: has_feature(&adapter, "timestamp-query").unwrap_or(false),
        max_storage_buffer_binding_size: limit.and_then(|limit| limit.as_f64()).unwrap_or(0.0) as u64,
        adapter: name,
    })
}

fn has_feature(adapter: &JsValue, name: &str) -> Option<bool> {
    let features = get(adapter, "features")?;
    let has: Function = get(&features, "has")?.dyn_into().ok()?;
    Some(has.call1(&features, &JsValue::from_str(name)).ok()?.is_truthy())
}

fn get(object: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(key)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}
