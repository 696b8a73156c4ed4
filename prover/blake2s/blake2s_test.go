package blake2s

import (
	"encoding/binary"
	"math"
	"testing"

	xblake2s "golang.org/x/crypto/blake2s"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
)

func TestAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.Uint32(), 0, 70).Draw(t, "words")
		buf := make([]byte, 4*len(words))
		for i, w := range words {
			binary.LittleEndian.PutUint32(buf[4*i:], w)
		}
		if got, want := SumWords(words).Bytes(), xblake2s.Sum256(buf); got != want {
			t.Fatalf("hash of %d words = %x, want %x", len(words), got, want)
		}
	})
}

func TestLongCounter(t *testing.T) {
	// The counter's high word matters past 2³² bytes: compare two states.
	a, b := Init(), Init()
	var m [16]uint32
	Compress(&a, &m, 1<<32, false)
	Compress(&b, &m, 0, false)
	if a == b {
		t.Fatal("the high word of the counter is ignored")
	}
}

func TestNodes(t *testing.T) {
	for _, n := range []int{1, 3, 4, 8, Lanes, 3*Lanes + 5} {
		src := make([]Hash, 2*n)
		for i := range src {
			src[i] = SumWords([]uint32{uint32(i)})
		}
		want := make([]Hash, n)
		for i := range want {
			l, r := src[2*i].Bytes(), src[2*i+1].Bytes()
			want[i] = FromBytes(xblake2s.Sum256(append(l[:], r[:]...)))
		}
		Nodes(src[:n], src)
		for i := range want {
			if src[i] != want[i] {
				t.Fatalf("node %d of %d = %x, want %x", i, n, src[i], want[i])
			}
		}
	}
}

func TestNonceSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.Uint32(), 10, 10).Draw(t, "words")
		search := NewNonceSearch(Hash(words[:8]), words[9])
		if got, want := search.FirstWord(words[8]), SumWords(words)[0]; got != want {
			t.Fatalf("first word %#x, want %#x", got, want)
		}
	})
}

func TestNonceFind(t *testing.T) {
	cputest.Each(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			prefix := rapid.SliceOfN(rapid.Uint32(), 8, 8).Draw(t, "prefix")
			hi := rapid.Uint32().Draw(t, "high word")
			n := rapid.Uint32Range(0, 100).Draw(t, "count")
			low := rapid.Uint32Range(0, math.MaxUint32-n+1).Draw(t, "low word")
			mask := uint32(1)<<rapid.IntRange(0, 8).Draw(t, "bits") - 1
			search := NewNonceSearch(Hash(prefix), hi)
			got, found := search.Find(low, n, mask)
			for i := range n {
				if SumWords(append(prefix[:8:8], low+i, hi))[0]&mask == 0 {
					if !found || got != low+i {
						t.Fatalf("found %d, %v; the first one is %d", got, found, low+i)
					}
					return
				}
			}
			if found {
				t.Fatalf("found %d, there is none", got)
			}
		})
	})
}
