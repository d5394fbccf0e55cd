//! Registers of this machine, by address.

/// One register.
pub struct Register<T>(*mut T);

impl<T: Copy> Register<T> {
    /// The register at an address.
    ///
    /// # Safety
    /// There must be a register of this type, and neither reading nor writing it may change memory that Rust knows of.
    pub const unsafe fn at(address: usize) -> Self {
        Self(address as *mut T)
    }

    pub fn read(&self) -> T {
        // SAFETY: a register of this type, as promised to `at`.
        unsafe { self.0.read_volatile() }
    }

    pub fn write(&self, value: T) {
        // SAFETY: a register of this type, as promised to `at`.
        unsafe { self.0.write_volatile(value) }
    }
}
