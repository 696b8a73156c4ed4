//go:build linux

package prove_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

// cpu is the processor time of this process, which other processes change little.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure proves again and again in one workspace and reports the milliseconds of
// processor time of each phase, and the bytes that the Go runtime has from the
// system.
func measure(b *testing.B, ws *prove.Workspace, in prove.Instance, mode prove.Mode) {
	watch := prove.NewStopwatch(cpu)
	start := cpu()
	for b.Loop() {
		if _, err := prove.Prove(context.Background(), in, prove.Options{Mode: mode, Workspace: ws, Progress: watch.Progress}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/1000/float64(b.N), "cpu-ms")
	for _, p := range watch.Phases() {
		b.ReportMetric(float64(p.Took.Microseconds())/1000/float64(b.N), strings.ReplaceAll(p.Phase, " ", "-")+"-cpu-ms")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
}

var modes = []struct {
	name string
	mode prove.Mode
}{{"speed", prove.Speed}, {"memory", prove.Memory}}

// BenchmarkWideFibonacci proves 100 columns at blowup 2; the trace is there and
// only copied.
func BenchmarkWideFibonacci(b *testing.B) {
	const columns = 100
	for _, logRows := range []uint32{16, 18, 20} {
		a, err := widefib.New(logRows, columns)
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range modes {
			b.Run(fmt.Sprintf("2^%d/%s", logRows, m.name), func(b *testing.B) {
				trace := fibonacci(logRows, columns)
				ws := prove.NewWorkspace(4<<30, 1<<30)
				measure(b, ws, prove.Instance{
					AIR:    a,
					Config: proof.Config{PowBits: 10, LogBlowup: 1, Queries: 20, FoldStep: 3},
					Witness: func(context.Context, int, []m31.QM31) ([][]m31.Element, error) {
						out := make([][]m31.Element, columns)
						for i := range out {
							out[i] = ws.Elements(len(trace[i]))
							copy(out[i], trace[i])
						}
						return out, nil
					},
				}, m.mode)
			})
		}
	}
}

// BenchmarkMatmul proves a random product at the production parameters.
func BenchmarkMatmul(b *testing.B) {
	for _, k := range []uint32{6, 8, 10} {
		in := prove.Instance{Config: matmul.Config()}
		var err error
		if in.AIR, err = matmul.New(k); err != nil {
			b.Fatal(err)
		}
		if in.Roots, in.Layers, err = matmul.Tree0(k); err != nil {
			b.Fatal(err)
		}
		for _, m := range modes {
			b.Run(fmt.Sprintf("%d/%s", 1<<k, m.name), func(b *testing.B) {
				x, y, z := product(1, k)
				in.Witness = witness(k, x, y, z, nil)
				measure(b, prove.NewWorkspace(4<<30, 1<<30), in, m.mode)
			})
		}
	}
}
