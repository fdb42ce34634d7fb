//! Money and rates as exact integers.
//!
//! Owns: [`Fen`] (1/100 yuan), [`Rate`] (millionths), the one rounding rule of the program, and the way in and
//! out of text. Knows nothing of claims or policies.
//!
//! Invariant: no float touches an amount. Rounding is half-up on the magnitude (四舍五入) and happens in
//! [`rounding`] alone; what is left over is always found by subtraction.

pub mod fen;
pub mod rate;
pub mod rounding;
pub mod yuan;

pub use fen::Fen;
pub use rate::Rate;
