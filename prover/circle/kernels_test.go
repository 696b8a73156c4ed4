package circle

import (
	"testing"

	"github.com/sage-network/sage-node/prover/m31"
)

// TestLooseValues runs the portable loops on the extremes of what they take: loose
// values and canonical twiddles.
func TestLooseValues(t *testing.T) {
	const largest = m31.P + 9
	reduce := func(v []m31.Element) {
		for i, x := range v {
			v[i] = m31.Reduce(uint64(x))
		}
	}
	same := func(t *testing.T, name string, got, want []m31.Element, most m31.Element) {
		t.Helper()
		for i := range got {
			if got[i] > most || m31.Reduce(uint64(got[i])) != want[i] {
				t.Fatalf("%s: value %d is %d, want %d, at most %d", name, i, got[i], want[i], most)
			}
		}
	}
	edges := []m31.Element{0, 1, m31.P - 1, m31.P, largest}
	twiddles := []m31.Element{0, 1, m31.P - 1}
	value := func(n, i int) m31.Element {
		for range i {
			n /= len(edges)
		}
		return edges[n%len(edges)]
	}
	layer := func(a, b *m31.Element, w m31.Element) {
		y := m31.Mul(*b, w)
		*a, *b = m31.Add(*a, y), m31.Sub(*a, y)
	}
	inverseLayer := func(a, b *m31.Element, w m31.Element) {
		*a, *b = m31.Add(*a, *b), m31.Mul(m31.Sub(*a, *b), w)
	}
	for n := range 5 * 5 * 5 * 5 {
		in := []m31.Element{value(n, 0), value(n, 1), value(n, 2), value(n, 3)}
		reduced := append([]m31.Element(nil), in...)
		reduce(reduced)
		for m := range 27 {
			w, w0, w1 := twiddles[m%3], twiddles[m/3%3], twiddles[m/9]

			want := append([]m31.Element(nil), reduced...)
			layer(&want[0], &want[2], w)
			layer(&want[1], &want[3], w)
			layer(&want[0], &want[1], w0)
			layer(&want[2], &want[3], w1)
			got := append([]m31.Element(nil), in...)
			fftTwoLayers(got, w, w0, w1)
			same(t, "fftTwoLayers", got, want, largest)
			copy(got, in)
			fftLast2(got, []m31.Element{w}, []m31.Element{w0, w1})
			same(t, "fftLast2", got, want, m31.P-1)

			// Eight values: the upper half is the lower one in another order.
			got = append(append(got[:0], in...), in[3], in[2], in[1], in[0])
			want = append([]m31.Element(nil), got...)
			reduce(want)
			fftLast3(got, []m31.Element{w}, []m31.Element{w0, w1}, []m31.Element{w1, w0, w, w1})
			for i := range 4 {
				layer(&want[i], &want[4+i], w)
			}
			for i, u := range []m31.Element{w0, w0, w1, w1} {
				layer(&want[i/2*4+i%2], &want[i/2*4+i%2+2], u)
			}
			for i, u := range []m31.Element{w1, w0, w, w1} {
				layer(&want[2*i], &want[2*i+1], u)
			}
			same(t, "fftLast3", got, want, m31.P-1)

			want = append(want[:0], reduced...)
			inverseLayer(&want[0], &want[1], w0)
			inverseLayer(&want[2], &want[3], w1)
			inverseLayer(&want[0], &want[2], w)
			inverseLayer(&want[1], &want[3], w)
			got = append(got[:0], in...)
			ifftTwoLayers(got, w, w0, w1)
			same(t, "ifftTwoLayers", got, want, largest)
			copy(got, in)
			ifftFirst2(got, []m31.Element{w}, []m31.Element{w0, w1})
			same(t, "ifftFirst2", got, want, largest)

			want = append(want[:0], reduced...)
			inverseLayer(&want[0], &want[2], w)
			inverseLayer(&want[1], &want[3], w)
			copy(got, in)
			ifftLayer(got[:2], got[2:], w)
			same(t, "ifftLayer", got, want, largest)

			for i := range want {
				want[i] = m31.Mul(reduced[i], w)
			}
			copy(got, in)
			scaleLoose(got, w)
			same(t, "scaleLoose", got, want, m31.P-1)
		}
	}
}
