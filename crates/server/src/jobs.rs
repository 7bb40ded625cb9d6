//! Work in the background. Each job can be stopped anywhere and begun anew.

pub mod absence;
pub mod purge;
