package circle

import (
	"fmt"
	"math/bits"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// Transform turns the coefficients of polynomials into their values on a circle
// domain or on a line domain, always in bit-reversed order. On a line domain,
// the x-coordinates of a half coset, coefficient j multiplies
// x^{j₀} · π(x)^{j₁} · π²(x)^{j₂} …
type Transform struct{ layers [][]m31.Element }

// LogSize returns log₂ of the number of points.
func (t Transform) LogSize() int { return len(t.layers) }

// Evaluate replaces the coefficients in v by the values. len(v) is the number of
// points.
func (t Transform) Evaluate(v []m31.Element) {
	checkLength(v, len(t.layers))
	forward(v, v, t.layers)
}

// Run returns the transform on the run-th of the 2^logRuns consecutive runs of
// points. It shares memory with t.
func (t Transform) Run(run, logRuns int) Transform {
	logSize := t.LogSize() - logRuns
	if logRuns < 0 || logSize < 0 || run < 0 || run >= 1<<logRuns {
		panic(fmt.Sprintf("circle: run %d of 2^%d among 2^%d points", run, logRuns, t.LogSize()))
	}
	layers := make([][]m31.Element, logSize)
	for l := range layers {
		n := 1 << (logSize - 1 - l)
		layers[l] = t.layers[l][run*n : (run+1)*n]
	}
	return Transform{layers}
}

// EvaluateRun writes to dst the values of the polynomial with the given
// coefficients on run number run of the points. len(dst), the length of a run,
// is a power of two; there are at most as many coefficients as points. Layers
// above both the run and the coefficients cost nothing. scratch of at least half
// as many elements as coeffs saves an allocation where the run is shorter.
func (t Transform) EvaluateRun(dst, coeffs []m31.Element, run int, scratch []m31.Element) {
	if len(coeffs) <= len(dst) {
		// The layers above the coefficients only copy them.
		n := len(coeffs)
		logRuns := t.LogSize() - bits.TrailingZeros(uint(n))
		for i := 0; i < len(dst); i += n {
			forward(dst[i:i+n], coeffs, t.Run((run*len(dst)+i)/n, logRuns).layers)
		}
		return
	}
	narrow(dst, coeffs, t.layers, run, scratch)
	forward(dst, dst, t.Run(run, t.LogSize()-bits.TrailingZeros(uint(len(dst)))).layers)
}

// Interpolate replaces the values in v, on the domain in bit-reversed order, by
// the coefficients. It needs inverse twiddles.
func (t *Twiddles) Interpolate(v []m31.Element) {
	checkLength(v, len(t.layers))
	if t.inverse == nil {
		panic("circle: Interpolate without inverse twiddles")
	}
	if inverseFast(v, t.inverse) {
		return
	}
	ifft(v, t.inverse)
	scaleLoose(v, m31.Inverse(m31.Element(len(v))))
}

func checkLength(v []m31.Element, logSize int) {
	if len(v) != 1<<logSize {
		panic("circle: the number of values is not the size of the domain")
	}
}

// narrow performs the FFT layers above the run, which is shorter than the
// coefficients, keeping only the run's block.
func narrow(dst, coeffs []m31.Element, layers [][]m31.Element, run int, scratch []m31.Element) {
	logRun := bits.TrailingZeros(uint(len(dst)))
	if len(scratch) < len(coeffs)/2 {
		scratch = make([]m31.Element, len(coeffs)/2)
	}
	cur := coeffs
	for l := bits.TrailingZeros(uint(len(coeffs))) - 1; l >= logRun; l-- {
		half := 1 << l
		tw := layers[l][(run<<logRun)>>(l+1)]
		if (run<<logRun)>>l&1 == 1 {
			tw = m31.Neg(tw)
		}
		out := scratch[:half]
		if l == logRun {
			out = dst
		}
		vector.AddScaled(out, cur[:half], cur[half:2*half], tw)
		cur = out
	}
}

// cacheLog is log₂ of the number of elements that the blocked transforms finish
// while they lie in the first-level cache (16 KiB). It is even, so that whole blocks
// take their layers two at a time in either direction.
const cacheLog = 12

// forward writes to dst, which may be src, the transform of src.
func forward(dst, src []m31.Element, layers [][]m31.Element) {
	if forwardFast(dst, src, layers) {
		return
	}
	copy(dst, src)
	fft(dst, layers)
}

// fft runs the layers from the highest to layer 0 on v, in place.
func fft(v []m31.Element, layers [][]m31.Element) {
	if len(layers) == 0 {
		return // a single value is its own transform
	}
	l := len(layers) - 1
	// Two layers at a time over the whole array, down to blocks in cache.
	for ; l >= cacheLog; l -= 2 {
		for h := range layers[l] {
			block := v[h<<(l+1) : (h+1)<<(l+1)]
			fftTwoLayers(block, layers[l][h], layers[l-1][2*h], layers[l-1][2*h+1])
		}
	}
	for h := 0; h < len(v); h += 2 << l {
		fftBlock(v[h:h+2<<l], layers[:l+1], h)
	}
}

// fftBlock runs all layers on the block of v that starts at the given offset of
// the whole transform; len(v) = 2^len(layers).
func fftBlock(v []m31.Element, layers [][]m31.Element, offset int) {
	l := len(layers) - 1
	for ; l >= 3; l -= 2 {
		base := offset >> (l + 1)
		for h := 0; h < len(v)>>(l+1); h++ {
			g := base + h
			fftTwoLayers(v[h<<(l+1):(h+1)<<(l+1)], layers[l][g], layers[l-1][2*g], layers[l-1][2*g+1])
		}
	}
	switch l {
	case 2:
		fftLast3(v, layers[2][offset>>3:], layers[1][offset>>2:], layers[0][offset>>1:])
	case 1:
		fftLast2(v, layers[1][offset>>2:], layers[0][offset>>1:])
	case 0:
		fftLast1(v, layers[0][offset>>1:])
	}
}

// ifft undoes fft up to the factor len(v), given the inverse twiddles. It leaves
// loose values.
func ifft(v []m31.Element, layers [][]m31.Element) {
	l := min(len(layers), cacheLog)
	for h := 0; h < len(v); h += 1 << l {
		ifftBlock(v[h:h+1<<l], layers[:l], h)
	}
	for ; l+1 < len(layers); l += 2 {
		for h := range layers[l+1] {
			ifftTwoLayers(v[h<<(l+2):(h+1)<<(l+2)], layers[l+1][h], layers[l][2*h], layers[l][2*h+1])
		}
	}
	if l < len(layers) {
		ifftLayer(v[:1<<l], v[1<<l:], layers[l][0])
	}
}

// ifftBlock undoes fftBlock.
func ifftBlock(v []m31.Element, layers [][]m31.Element, offset int) {
	l := 0
	if len(layers) > 1 {
		ifftFirst2(v, layers[1][offset>>2:], layers[0][offset>>1:])
		l = 2
	}
	for ; l+1 < len(layers); l += 2 {
		base := offset >> (l + 2)
		for h := 0; h < len(v)>>(l+2); h++ {
			g := base + h
			ifftTwoLayers(v[h<<(l+2):(h+1)<<(l+2)], layers[l+1][g], layers[l][2*g], layers[l][2*g+1])
		}
	}
	if l < len(layers) {
		ifftLayer(v[:1<<l], v[1<<l:], layers[l][offset>>(l+1)])
	}
}
