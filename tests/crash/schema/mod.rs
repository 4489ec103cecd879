//! Databases of older and newer programmes: brought up to date wholly or not at all, or left alone.

mod killed;
mod newer;
mod older;
mod past;

pub(crate) use older::POINTS;
