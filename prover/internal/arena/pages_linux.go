package arena

import (
	"syscall"
	"unsafe"

	"github.com/sage-network/sage-node/prover/m31"
)

// preferHugePages asks the kernel for huge pages for a buffer of whole ones: one of
// 4 MiB is then faulted in twice instead of a thousand times. The request may be
// refused; the buffer is good either way.
func preferHugePages(s []m31.Element) {
	start := unsafe.Pointer(unsafe.SliceData(s))
	_ = syscall.Madvise(unsafe.Slice((*byte)(start), len(s)*elementSize), syscall.MADV_HUGEPAGE)
}
