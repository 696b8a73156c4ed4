package cli

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestProgressInLines(t *testing.T) {
	var out strings.Builder
	p := NewProgress(&out, "reading")
	p.Set(0.95) // too early
	p.quiet = time.Time{}
	for _, done := range []float64{-1, 0, 0.05, math.NaN(), 0.12, 0.19, 0.55, 0.54, 7, math.Inf(1)} {
		p.Set(done)
	}
	p.Done()
	p.Done()
	p.Set(0.3)
	if want := "reading: 10 %\nreading: 50 %\nreading: 90 %\nreading: done\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	out.Reset()
	quick := NewProgress(&out, "nothing")
	quick.Done()
	if out.Len() > 0 {
		t.Errorf("what was over at once tells %q", out.String())
	}
}
