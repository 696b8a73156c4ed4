package arena

import (
	"syscall"
	"unsafe"

	"github.com/sage-network/sage-node/prover/m31"
)

// hugePage is the size of a huge page on the platforms that have them by default.
const hugePage = 2 << 20

// preferHugePages asks the kernel for huge pages where the buffer covers whole
// ones: a buffer of 4 MiB is then faulted in twice instead of a thousand times.
// The request may be refused; the buffer is good either way.
func preferHugePages(s []m31.Element) {
	size := len(s) * elementSize
	if size < 2*hugePage {
		return
	}
	start := unsafe.Pointer(unsafe.SliceData(s))
	skip := -uintptr(start) & (hugePage - 1)
	whole := (uintptr(size) - skip) &^ (hugePage - 1)
	_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Add(start, skip)), whole), syscall.MADV_HUGEPAGE)
}
