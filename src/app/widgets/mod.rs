//! The vocabulary of controls and pictures that lessons share.

pub mod canvas;
pub mod chip;
pub mod controls;
pub mod equation;
pub mod frame;
pub mod glossary;
pub mod help;
pub mod keep;
pub mod languages;
pub mod later;
pub mod link;
pub mod own_model;
pub mod predict;
pub mod scrub;
pub mod share;
pub mod status;
pub mod timeline;
