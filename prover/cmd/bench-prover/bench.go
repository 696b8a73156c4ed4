package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// bench is one run of the program.
type bench struct {
	program, self string
	rows          []row
	threads       []int
	repeat        int
	log           io.Writer

	machines []machine // by threads
	results  []result
}

// result holds the measurements of one row with one number of threads.
type result struct {
	row        row
	threads    int
	stored     bool // the crate was faster with stored coefficients
	stwo, ours []measurement
}

// median returns the measurement with the median time.
func median(m []measurement) measurement {
	sorted := slices.SortedFunc(slices.Values(m), func(a, b measurement) int { return cmp.Compare(a.ProveSeconds, b.ProveSeconds) })
	return sorted[(len(sorted)-1)/2]
}

func (r *result) ratio() float64 { return median(r.stwo).ProveSeconds / median(r.ours).ProveSeconds }

// measure runs everything, the sides in turns.
func (b *bench) measure(ctx context.Context) error {
	for _, n := range b.threads {
		b.machines = append(b.machines, measureMachine(n))
	}
	for _, r := range b.rows {
		for _, n := range b.threads {
			b.results = append(b.results, result{row: r, threads: n})
		}
	}
	for i := range b.results {
		r := &b.results[i]
		for round := range b.repeat {
			if round == 0 {
				if err := b.first(ctx, r); err != nil {
					return fmt.Errorf("%s: %w", r.row.name, err)
				}
			} else {
				m, err := b.stwo(ctx, r, r.stored)
				if err != nil {
					return fmt.Errorf("%s: %w", r.row.name, err)
				}
				r.stwo = append(r.stwo, m)
			}
			m, err := b.ours(ctx, r)
			if err != nil {
				return fmt.Errorf("%s: %w", r.row.name, err)
			}
			r.ours = append(r.ours, m)
			fmt.Fprintf(b.log, "%s, %d threads, round %d: stwo %.3f s, ours %.3f s, load %s\n",
				r.row.name, r.threads, round+1, r.stwo[len(r.stwo)-1].ProveSeconds, m.ProveSeconds, load())
		}
	}
	return nil
}

// first tries both of the crate's modes and keeps the faster.
func (b *bench) first(ctx context.Context, r *result) error {
	plain, err := b.stwo(ctx, r, false)
	if err != nil {
		return err
	}
	stored, err := b.stwo(ctx, r, true)
	if err != nil {
		return err
	}
	r.stwo = []measurement{plain}
	if stored.ProveSeconds < plain.ProveSeconds {
		r.stored = true
		r.stwo[0] = stored
	}
	return nil
}

func (b *bench) stwo(ctx context.Context, r *result, stored bool) (measurement, error) {
	args := append([]string{"bench"}, r.row.c.Flags()...)
	if stored {
		args = append(args, "--store-coefficients", "1")
	}
	return execute(ctx, "RAYON_NUM_THREADS", r.threads, b.program, args...)
}

func (b *bench) ours(ctx context.Context, r *result) (measurement, error) {
	return execute(ctx, "GOMAXPROCS", r.threads, b.self, childCommand, r.row.name)
}

// execute runs a fresh process and reads its measurement.
func execute(ctx context.Context, variable string, threads int, program string, args ...string) (measurement, error) {
	var m measurement
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), variable+"="+strconv.Itoa(threads))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return m, fmt.Errorf("%s %s: %w: %s", program, args[0], err, strings.TrimSpace(stderr.String()))
	}
	if err := json.Unmarshal(stdout.Bytes(), &m); err != nil {
		return m, fmt.Errorf("%s %s printed no measurement: %w", program, args[0], err)
	}
	return m, nil
}

// load returns the load averages, or "unknown".
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(data))
	if err != nil || len(fields) < 3 {
		return "unknown"
	}
	return strings.Join(fields[:3], " ")
}
