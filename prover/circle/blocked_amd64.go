//go:build !purego

package circle

import (
	"unsafe"

	"github.com/sage-network/sage-node/prover/internal/cpu"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// The kernels keep a group of layers' rows in vector registers, so a transform
// reads and writes its values once for each group. Layers whose rows do not fit a
// cache come first, for forward transforms; then each of the blocks that they leave
// is finished before the next one is begun.
const (
	// innerLog and outerLog are log₂ of the numbers of elements that are
	// finished while they lie in the first- and the second-level cache.
	innerLog, outerLog = 12, 16
	// callLog is log₂ of the number of elements that a kernel gets in one call.
	callLog = 15
)

// passKernel runs some layers on blocks of rows, see [passKernels].
type passKernel func(dst, src *uint32, stride, columns, blocks int, twiddles *[4]*uint32)

// lastKernel runs the layers below a vector's lanes on n elements in place.
type lastKernel func(v *uint32, n int, twiddles *[4]*uint32)

// kernels are the parts of a transform in one direction.
type kernels struct {
	last    lastKernel
	lastLog int          // the layers that last runs
	passes  []passKernel // passes[k] runs k layers
}

var forwardKernels = [...]kernels{
	cpu.AVX2:   {forwardLastAVX2, 3, []passKernel{1: forward2AVX2, 2: forward4AVX2, 3: forward8AVX2}},
	cpu.AVX512: {forwardLastAVX512, 4, []passKernel{1: forward2AVX512, 2: forward4AVX512, 3: forward8AVX512, 4: forward16AVX512}},
}

var inverseKernels = [...]kernels{
	cpu.AVX2:   {inverseLastAVX2, 3, []passKernel{1: inverse2AVX2, 2: inverse4AVX2, 3: inverse8AVX2}},
	cpu.AVX512: {inverseLastAVX512, 4, []passKernel{1: inverse2AVX512, 2: inverse4AVX512, 3: inverse8AVX512, 4: inverse16AVX512}},
}

// forwardFast writes the transform of src to dst, which may be src, if there are
// kernels for it, and reports whether there are.
func forwardFast(dst, src []m31.Element, layers [][]m31.Element) bool {
	level := cpu.Current()
	if level == cpu.Generic || len(layers) <= forwardKernels[level].lastLog {
		return false
	}
	b := blocked{&forwardKernels[level], layers}
	b.forward(dst, src, 0, len(layers))
	return true
}

// inverseFast undoes a transform, given the inverse twiddles, and multiplies the
// result by 2^−len(layers), if there are kernels for it, and reports whether there
// are.
func inverseFast(v []m31.Element, layers [][]m31.Element) bool {
	level := cpu.Current()
	if level == cpu.Generic || len(layers) <= inverseKernels[level].lastLog {
		return false
	}
	b := blocked{&inverseKernels[level], layers}
	b.inverse(v, 0, len(layers), m31.Inverse(m31.Element(len(v))))
	return true
}

// blocked is a transform of one vector by kernels.
type blocked struct {
	*kernels
	layers [][]m31.Element
}

// split returns how many of n layers the next of the fewest passes takes.
func (b *blocked) split(n int) int {
	most := len(b.passes) - 1
	passes := (n + most - 1) / most
	return (n + passes - 1) / passes
}

// outer returns how many of the upper layers of 2^log elements, more than fit in the
// inner cache, are done before the blocks below them.
func (b *blocked) outer(log int) int {
	if most := len(b.passes) - 1; log > outerLog+1 || log == outerLog+1 && most < 4 {
		return b.split(log - outerLog)
	}
	return b.split(log - innerLog)
}

// forward writes to the 2^log elements of dst from position lo on the transform of
// src by the layers below log.
func (b *blocked) forward(dst, src []m31.Element, lo, log int) {
	if log > innerLog {
		k := b.outer(log)
		b.pass(dst, src, lo, log, k, 1)
		n := 1 << (log - k)
		for i := 0; i < len(dst); i += n {
			b.forward(dst[i:i+n], dst[i:i+n], lo+i, log-k)
		}
		return
	}
	for at := log; at > b.lastLog; {
		k := b.split(at - b.lastLog)
		b.pass(dst, src, lo, at, k, len(dst)>>at)
		src = dst
		at -= k
	}
	b.runLast(dst, lo)
}

// inverse undoes forward in place, up to the factor 2^log, and multiplies the
// values by scale.
func (b *blocked) inverse(v []m31.Element, lo, log int, scale m31.Element) {
	if log > innerLog {
		k := b.outer(log)
		n := 1 << (log - k)
		for i := 0; i < len(v); i += n {
			b.inverse(v[i:i+n], lo+i, log-k, scale)
		}
		b.pass(v, v, lo, log, k, 1)
		return
	}
	b.runLast(v, lo)
	vector.Scale(v, v, scale)
	var groups []int
	for at := log; at > b.lastLog; {
		groups = append(groups, b.split(at-b.lastLog))
		at -= groups[len(groups)-1]
	}
	at := b.lastLog
	for i := len(groups) - 1; i >= 0; i-- {
		at += groups[i]
		b.pass(v, v, lo, at, groups[i], len(v)>>at)
	}
}

// pass runs the k layers below log on blocks of 2^log elements from position lo on,
// 2^callLog elements of them in a call.
func (b *blocked) pass(dst, src []m31.Element, lo, log, k, blocks int) {
	stride := 1 << (log - k)
	columns := min(stride, 1<<(callLog-k))
	var twiddles [4]*uint32
	for i := range k {
		l := log - k + i
		twiddles[i] = pointer(b.layers[l], lo>>(l+1))
	}
	for c := 0; c < stride; c += columns {
		b.passes[k](pointer(dst, c), pointer(src, c), stride, columns, blocks, &twiddles)
	}
}

// runLast runs the layers below a vector's lanes on v, from position lo on.
func (b *blocked) runLast(v []m31.Element, lo int) {
	var twiddles [4]*uint32
	for l := range b.lastLog {
		twiddles[l] = pointer(b.layers[l], lo>>(l+1))
	}
	b.last(pointer(v, 0), len(v), &twiddles)
}

func pointer(v []m31.Element, i int) *uint32 { return (*uint32)(unsafe.Pointer(&v[i])) }
