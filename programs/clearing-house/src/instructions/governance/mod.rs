//! The house and its governed parameters.

pub mod initialize_house;
pub mod set_gates;
pub mod set_haircut;
pub mod set_publishers;
