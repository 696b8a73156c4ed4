package blake2s

import (
	"encoding/binary"
	"testing"

	xblake2s "golang.org/x/crypto/blake2s"
	"pgregory.net/rapid"
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
	src := make([]Hash, 8)
	for i := range src {
		src[i] = SumWords([]uint32{uint32(i)})
	}
	want := make([]Hash, 4)
	for i := range want {
		l, r := src[2*i].Bytes(), src[2*i+1].Bytes()
		want[i] = FromBytes(xblake2s.Sum256(append(l[:], r[:]...)))
	}
	Nodes(src[:4], src)
	for i := range want {
		if src[i] != want[i] {
			t.Fatalf("node %d = %x, want %x", i, src[i], want[i])
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

func BenchmarkNonceSearch(b *testing.B) {
	search := NewNonceSearch(Hash{1, 2, 3}, 4)
	var low uint32
	for b.Loop() {
		for range 256 {
			search.FirstWord(low)
			low++
		}
	}
}

func BenchmarkNodes(b *testing.B) {
	src, dst := make([]Hash, 512), make([]Hash, 256)
	b.SetBytes(256 * BlockSize)
	for b.Loop() {
		Nodes(dst, src)
	}
}
