package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/prove"
)

// childCommand makes the program prove one row and print a measurement.
const childCommand = "prove-one"

// measurement is what one fresh process found. The Rust program prints the same
// fields, but for the last ones.
type measurement struct {
	ProveSeconds  float64 `json:"prove_seconds"`
	TraceSeconds  float64 `json:"trace_seconds"`
	VerifySeconds float64 `json:"verify_seconds"`
	PeakRSS       int64   `json:"peak_rss_bytes"`
	JSON          int     `json:"json_bytes"`

	Phases []phase `json:"phases,omitempty"`
	Sizes  *sizes  `json:"sizes,omitempty"`
	Nonce  uint64  `json:"nonce,omitempty"`
}

// phase is a part of our proof.
type phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Processor is the processor time of all threads.
	Processor float64 `json:"processor_seconds"`
}

// child proves a row on as many goroutines as there are processors for it, which
// the parent bounds by GOMAXPROCS.
func child(ctx context.Context, name string, stdout io.Writer) error {
	r, err := rowNamed(name)
	if err != nil {
		return err
	}
	var m measurement
	start := time.Now()
	watch := prove.NewStopwatch(func() time.Duration { return time.Since(start) })
	processor := prove.NewStopwatch(processorTime)
	progress := func(phase string, done float64) {
		watch.Progress(phase, done)
		processor.Progress(phase, done)
	}
	progress("AIR", 0)
	s, generation, err := r.c.ProveTimed(ctx, prove.Options{Workers: runtime.GOMAXPROCS(0), Progress: progress})
	if err != nil {
		return err
	}
	total := time.Since(start)
	m.PeakRSS = peakRSS()
	m.ProveSeconds = (total - generation).Seconds()
	m.TraceSeconds = generation.Seconds()
	m.Nonce = s.Proof.ProofOfWork
	for _, p := range watch.Phases() {
		m.Phases = append(m.Phases, phase{Name: p.Phase, Seconds: p.Took.Seconds()})
	}
	for i, p := range processor.Phases() {
		m.Phases[i].Processor = p.Took.Seconds()
	}

	verifier, err := r.c.Verifier(ctx)
	if err != nil {
		return err
	}
	fastest := time.Hour
	for range 5 {
		start := time.Now()
		if err := verifier.Verify(s); err != nil {
			return err
		}
		fastest = min(fastest, time.Since(start))
	}
	m.VerifySeconds = fastest.Seconds()
	if m.Sizes, err = measureSizes(r.c, s); err != nil {
		return err
	}
	m.JSON = m.Sizes.JSON
	return json.NewEncoder(stdout).Encode(m)
}

// peakRSS returns the largest resident set that the process has had, in bytes, or
// 0 where the system does not say.
func peakRSS() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}

// sizes are those of one proof, in bytes but for Felts.
type sizes struct {
	// JSON is the crate's serde form.
	JSON int `json:"json"`
	// Raw is four bytes for a field word, 32 for a hash, eight for a nonce.
	Raw int `json:"raw"`
	// Felts is the number of felts of the packed form.
	Felts int `json:"felts"`
	// Compressed is a Zstandard frame of the packed form.
	Compressed int `json:"compressed"`
}

func measureSizes(c interop.Case, s interop.Sealed) (*sizes, error) {
	data, err := s.Encode()
	if err != nil {
		return nil, err
	}
	out := &sizes{JSON: len(data), Raw: rawSize(s)}
	packed, err := packedBytes(c, s)
	if err != nil {
		return nil, fmt.Errorf("packing: %w", err)
	}
	out.Felts = len(packed) / feltBytes
	out.Compressed, err = compressedSize(packed)
	return out, err
}
