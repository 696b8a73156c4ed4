package prove_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/prove"
)

// production returns a 1024×1024 product at the production parameters.
func production(b *testing.B) prove.Instance {
	const k = matmul.MaxK
	in := prove.Instance{Config: matmul.Config()}
	var err error
	if in.AIR, err = matmul.New(k); err != nil {
		b.Fatal(err)
	}
	x, y, z := product(1, k)
	in.Witness = witness(k, x, y, z, nil)
	return in
}

// BenchmarkHeartbeats counts the beats of a goroutine that wants to run every
// 10 ms while a proof keeps all processors busy, as a worker's heartbeats to its
// coordinator do, and reports the longest pause between two of them.
func BenchmarkHeartbeats(b *testing.B) {
	in := production(b)
	ws := prove.NewWorkspace(4<<30, 1<<30)
	var beats int
	var longest time.Duration
	for b.Loop() {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			ticker := time.NewTicker(10 * time.Millisecond)
			defer ticker.Stop()
			last := time.Now()
			for {
				select {
				case <-stop:
					return
				case <-ticker.C:
					beats++
					// The channel holds a beat until it is read: what counts is when.
					now := time.Now()
					longest = max(longest, now.Sub(last))
					last = now
				}
			}
		}()
		_, err := prove.Prove(context.Background(), in, prove.Options{Workspace: ws})
		close(stop)
		<-stopped
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(beats)/b.Elapsed().Seconds(), "beats/s")
	b.ReportMetric(float64(longest.Microseconds())/1000, "longest-pause-ms")
}

// BenchmarkCancel cancels proofs in the middle of each phase and reports how long
// they go on, at most.
func BenchmarkCancel(b *testing.B) {
	in := production(b)
	ws := prove.NewWorkspace(4<<30, 1<<30)
	start := time.Now()
	watch := prove.NewStopwatch(func() time.Duration { return time.Since(start) })
	if _, err := prove.Prove(context.Background(), in, prove.Options{Workspace: ws, Progress: watch.Progress}); err != nil {
		b.Fatal(err)
	}
	longest := map[string]time.Duration{}
	for b.Loop() {
		for _, phase := range watch.Phases() {
			ctx, cancel := context.WithCancel(context.Background())
			var canceled time.Time
			var timer *time.Timer
			_, err := prove.Prove(ctx, in, prove.Options{Workspace: ws, Progress: func(at string, _ float64) {
				if at == phase.Phase {
					timer = time.AfterFunc(phase.Took/2, func() { canceled = time.Now(); cancel() })
				}
			}})
			if timer != nil && !timer.Stop() && errors.Is(err, context.Canceled) {
				longest[phase.Phase] = max(longest[phase.Phase], time.Since(canceled))
			}
			cancel()
		}
	}
	for phase, d := range longest {
		b.ReportMetric(float64(d.Microseconds())/1000, strings.ReplaceAll(phase, " ", "-")+"-ms")
	}
}
