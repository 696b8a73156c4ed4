package poseidon2

import "testing"

// BenchmarkNew builds the graph of the constraints, which one goroutine does before
// anything is proved.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(11); err != nil {
			b.Fatal(err)
		}
	}
}
