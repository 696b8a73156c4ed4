package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/sage-network/sage-node/prover/internal/cpu"
	"github.com/sage-network/sage-node/prover/prove"
)

// portableRows are the rows that the portable prover is compared on by default.
const portableRows = "^(wide-fibonacci-1[68]|matmul-256|poseidon2-14)$"

// processor returns the processor seconds of a proof, without the generation of the
// AIR's own columns, and those of them that its proof of work took.
func (m *measurement) processor(r row) (all, nonce float64) {
	for _, p := range m.Phases {
		if !isGeneration(r.c, p.Name) {
			all += p.Processor
		}
		if p.Name == prove.PhaseProofOfWork {
			nonce = p.Processor
		}
	}
	return all, nonce
}

// portable compares this program with the same one built with -tags=purego, on one
// thread, by the process of each that took the least processor time.
func (b *bench) portable(ctx context.Context, program string, w io.Writer) error {
	worst := 0.0
	summary := newTable(w)
	fmt.Fprintf(summary, "processor ms\t%v\tportable\tratio\twithout proof of work\t\n", cpu.Current())
	for _, r := range b.rows {
		var least [2]measurement
		for range b.repeat {
			for side, path := range []string{b.self, program} {
				m, err := execute(ctx, "GOMAXPROCS", 1, path, childCommand, r.name)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				all, _ := m.processor(r)
				if before, _ := least[side].processor(r); before == 0 || all < before {
					least[side] = m
				}
			}
		}
		if least[0].Nonce != least[1].Nonce {
			return fmt.Errorf("%s: the proofs differ, in their nonces %d and %d at least", r.name, least[0].Nonce, least[1].Nonce)
		}
		fmt.Fprintf(w, "\n%s, by phase\n", r.name)
		t := newTable(w)
		for i, p := range least[0].Phases {
			q := least[1].Phases[i]
			fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%.2f\t\n", p.Name, 1e3*p.Processor, 1e3*q.Processor, q.Processor/p.Processor)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		ours, oursNonce := least[0].processor(r)
		theirs, theirsNonce := least[1].processor(r)
		fmt.Fprintf(summary, "%s\t%.0f\t%.0f\t%.2f\t%.2f\t\n", r.name, 1e3*ours, 1e3*theirs, theirs/ours,
			(theirs-theirsNonce)/(ours-oursNonce))
		worst = math.Max(worst, theirs/ours)
	}
	fmt.Fprintln(w)
	if err := summary.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "worst %.2f\n", worst)
	return err
}
