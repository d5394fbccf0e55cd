//! Memory that devices read and write by themselves, in pages of 4 KB. Given out once, never taken back.

use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

/// Two for each of the three queues, one for the generator's bytes, two for frames.
const COUNT: usize = 9;

#[repr(align(4096))]
struct Pool(UnsafeCell<[[u8; PAGE_SIZE]; COUNT]>);

// SAFETY: what is inside is reached through `take` alone, which gives out each page once.
unsafe impl Sync for Pool {}

static POOL: Pool = Pool(UnsafeCell::new([[0; PAGE_SIZE]; COUNT]));
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// So many pages in a row, all zeros; `None` where there are not enough left.
pub fn take(count: usize) -> Option<&'static mut [[u8; PAGE_SIZE]]> {
    let first = TAKEN.load(Ordering::Relaxed);
    let end = first.checked_add(count).filter(|end| *end <= COUNT)?;
    TAKEN.store(end, Ordering::Relaxed);
    // SAFETY: inside the pool, checked above; and since the counter only goes up (one core, no interrupt handlers), nobody
    // else has these pages.
    Some(unsafe {
        core::slice::from_raw_parts_mut(POOL.0.get().cast::<[u8; PAGE_SIZE]>().add(first), count)
    })
}

/// The driver's view of this machine: every address is the same for core and devices, and there are no caches.
pub struct Machine;

// SAFETY: pages come from `take`, so they are valid, aligned, zeroed and nobody else's; addresses need no translation.
unsafe impl Hal for Machine {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        // Address 0 is how this call says that there is none.
        take(pages).map_or((0, NonNull::dangling()), |pages| {
            let start = NonNull::from(pages).cast::<u8>();
            (start.as_ptr() as PhysAddr, start)
        })
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
        // Asked for PCI only, which is not used here.
        NonNull::new(address as usize as *mut u8).unwrap_or(NonNull::dangling())
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        buffer.cast::<u8>().as_ptr() as PhysAddr
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
