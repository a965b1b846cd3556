//! The devices a person may choose.

use crate::protocol::DeviceChoice;

/// A device by its name in links.
pub fn device_named(name: &str) -> Option<DeviceChoice> {
    DEVICES.iter().find(|(known, _)| *known == name).map(|(_, choice)| *choice)
}

/// The devices with their names in links.
pub const DEVICES: [(&str, DeviceChoice); 4] = [
    ("auto", DeviceChoice::Auto),
    ("webgpu", DeviceChoice::Webgpu),
    ("cpu", DeviceChoice::Cpu),
    ("none", DeviceChoice::None),
];
