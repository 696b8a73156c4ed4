package blake2s

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	xblake2s "golang.org/x/crypto/blake2s"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
)

// word is a type of its own, as field elements are.
type word uint32

func randomColumns(r *rand.Rand, n, length int) [][]word {
	columns := make([][]word, n)
	for c := range columns {
		columns[c] = make([]word, length)
		for i := range columns[c] {
			columns[c][i] = word(r.Uint32())
		}
	}
	return columns
}

func randomBatches(r *rand.Rand, n int) []Batch {
	batches := make([]Batch, n)
	for i := range batches {
		for w := range batches[i] {
			for l := range batches[i][w] {
				batches[i][w][l] = r.Uint32()
			}
		}
	}
	return batches
}

func TestRows(t *testing.T) {
	cputest.Each(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			batches := rapid.IntRange(0, 3).Draw(t, "batches")
			first := rapid.IntRange(0, 20).Draw(t, "first")
			columns := randomColumns(r, rapid.IntRange(1, 70).Draw(t, "columns"), first+Lanes*batches+r.IntN(9))
			guarded := randomBatches(r, batches+1)
			guard := guarded[batches]
			Rows(guarded[:batches], columns, first)
			if guarded[batches] != guard {
				t.Fatal("wrote past the last batch")
			}
			for i := range Lanes * batches {
				var buf []byte
				for _, column := range columns {
					buf = binary.LittleEndian.AppendUint32(buf, uint32(column[first+i]))
				}
				if got, want := guarded[i/Lanes].At(i%Lanes).Bytes(), xblake2s.Sum256(buf); got != want {
					t.Fatalf("row %d = %x, want %x", i, got, want)
				}
			}
		})
	})
}

func TestPackedRows(t *testing.T) {
	cputest.Each(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			batches := rapid.IntRange(0, 2*unpackBatches+1).Draw(t, "batches")
			first := rapid.IntRange(0, 5).Draw(t, "first")
			logPack := rapid.IntRange(0, 4).Draw(t, "log pack")
			columns := randomColumns(r, rapid.IntRange(1, 9).Draw(t, "columns"), (first+Lanes*batches)<<logPack)
			dst := make([]Batch, batches)
			PackedRows(dst, columns, first, logPack)
			for i := range Lanes * batches {
				var buf []byte
				for p := range 1 << logPack {
					for _, column := range columns {
						buf = binary.LittleEndian.AppendUint32(buf, uint32(column[(first+i)<<logPack+p]))
					}
				}
				if got, want := dst[i/Lanes].At(i%Lanes).Bytes(), xblake2s.Sum256(buf); got != want {
					t.Fatalf("row %d = %x, want %x", i, got, want)
				}
			}
		})
	})
}

func TestRowsWantsWholeColumns(t *testing.T) {
	columns := randomColumns(rand.New(rand.NewPCG(1, 2)), 3, 40)
	columns[1] = columns[1][:39:39]
	defer func() {
		if recover() == nil {
			t.Error("hashed beyond the end of a column")
		}
	}()
	Rows(make([]Batch, 2), columns, 8)
}

func TestParents(t *testing.T) {
	cputest.Each(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(0, 5).Draw(t, "batches")
			src := randomBatches(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), 2*n)
			want := make([]Batch, n)
			for i := range Lanes * n {
				l, r := src[2*i/Lanes].At(2*i%Lanes).Bytes(), src[2*i/Lanes].At(2*i%Lanes+1).Bytes()
				want[i/Lanes].Set(i%Lanes, FromBytes(xblake2s.Sum256(append(l[:], r[:]...))))
			}
			dst := make([]Batch, n)
			Parents(dst, src)
			if !slices.Equal(dst, want) {
				t.Fatal("a parent differs")
			}
			Parents(src[:n], src)
			if !slices.Equal(src[:n], want) {
				t.Fatal("in place, a parent differs")
			}
		})
	})
}
