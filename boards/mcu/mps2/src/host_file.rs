//! A file of the host, by semihosting: a breakpoint that the emulator takes as a call (Arm, Semihosting for AArch32 and
//! AArch64, section 6).

use core::ffi::CStr;

use cortex_m_semihosting::syscall;

/// How to open, as in C's `fopen`.
#[derive(Clone, Copy)]
pub enum Mode {
    /// `rb`
    Read = 1,
    /// `r+b`
    ReadAndWrite = 3,
}

/// The host did not do it.
#[derive(Clone, Copy, Debug)]
pub struct HostFault;

/// An open file; or none, and then every call fails.
pub struct HostFile(Option<usize>);

impl HostFile {
    pub fn open(path: &CStr, mode: Mode) -> Self {
        // SAFETY: a path that ends with a zero byte, a mode of the list, and the path's length without the zero.
        let handle = unsafe { syscall!(OPEN, path.as_ptr(), mode, path.count_bytes()) };
        Self((handle != usize::MAX).then_some(handle))
    }

    /// Fills `bytes` from where the file stands.
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<(), HostFault> {
        let handle = self.0.ok_or(HostFault)?;
        // SAFETY: the host writes into `bytes` and no further.
        let left = unsafe { syscall!(READ, handle, bytes.as_mut_ptr(), bytes.len()) };
        (left == 0).then_some(()).ok_or(HostFault)
    }

    /// Writes `bytes` where the file stands.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), HostFault> {
        let handle = self.0.ok_or(HostFault)?;
        // SAFETY: the host reads `bytes` and no further.
        let left = unsafe { syscall!(WRITE, handle, bytes.as_ptr(), bytes.len()) };
        (left == 0).then_some(()).ok_or(HostFault)
    }

    /// Goes to a place, in bytes from the beginning.
    pub fn seek(&mut self, place: u32) -> Result<(), HostFault> {
        let handle = self.0.ok_or(HostFault)?;
        // SAFETY: takes two numbers.
        let failed = unsafe { syscall!(SEEK, handle, place) };
        (failed == 0).then_some(()).ok_or(HostFault)
    }
}
