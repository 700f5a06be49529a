//! How base64 is done: with the wide registers of the processor, where the library knows them, else
//! byte by byte.

use base64::engine::general_purpose::GeneralPurposeConfig;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) use base64::engine::Simd as Fastest;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) use base64::engine::GeneralPurpose as Fastest;

/// The engine for the usual alphabet.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) fn fastest(config: GeneralPurposeConfig) -> Fastest {
    Fastest::standard(config)
}

/// The same for other processors, such as those with 32 bits.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn fastest(config: GeneralPurposeConfig) -> Fastest {
    Fastest::new(&base64::alphabet::STANDARD, config)
}
