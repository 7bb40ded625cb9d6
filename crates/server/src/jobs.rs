//! Work in the background. Each job can be stopped anywhere and begun anew.

pub mod purge;
